"""The batch form gives what the definition gives, for every signal; and the published features of real windows."""

import csv
import math

import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from domain.vibration.bearing import Bearing, orders
from domain.vibration.features import FEATURES, TOLERANCE, Shaft, features
from domain.vibration.plan import plan_of
from silver.vibration_features import Shafts, window_features
from tests.support.real_data import real_data

OF_6205 = orders(Bearing(elements=9, element_mm=7.94, pitch_mm=39.04))
UNKNOWN = (math.nan,) * 4
RATES = st.sampled_from([100.0, 1000.0, 3333.3, 4000.0, 12000.0, 25600.0])
SPEEDS = st.one_of(st.none(), st.floats(0.0, 40_000.0))


def _sizes(moved: NDArray[np.float64], rate: float, speed: float | None) -> list[float]:
    """The size of what each feature is made of."""
    rms = float(np.sqrt(np.mean(moved**2))) if len(moved) else 0.0
    lowest = max(min(10.0, (speed or 0.0) / 60.0 - rate / len(moved)), rate / len(moved))
    velocity = 1000 * rms / (2 * math.pi * lowest)
    return [rms, rms, 1, 1, 1, velocity, *[rms] * 5, rate, velocity, 1, 1, 1, 1, 1]


@st.composite
def _windows(draw: st.DrawFn) -> NDArray[np.float64]:
    """Windows of noise, tones, strikes, steps and single samples, with an offset; some constant, zero, or with gaps."""
    count = draw(st.one_of(st.integers(1, 40), st.integers(41, 700), st.sampled_from([1024, 2560, 4000, 3999])))
    made = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = np.arange(count)
    kind = draw(st.sampled_from(["noise", "tone", "strikes", "step", "few", "constant", "zero"]))
    x = {
        "noise": made.normal(size=count),
        "tone": np.sin(n * made.uniform(0.01, 3)) + 0.1 * made.normal(size=count),
        "strikes": (n % made.integers(2, 50) == 0) + 0.05 * made.normal(size=count),
        "step": (n > count // 3) + 1e-3 * made.normal(size=count),
        "few": np.round(made.normal(size=count)),
        "constant": np.full(count, 0.1),
        "zero": np.zeros(count),
    }[kind].astype(np.float64)
    x = x * draw(st.sampled_from([1e-6, 1.0, 9.81, 1e5])) + draw(st.sampled_from([0.0, 0.0, -9.81, 1000.0]))
    if draw(st.integers(0, 9)) == 0:
        x[draw(st.integers(0, count - 1))] = draw(st.sampled_from([math.nan, math.inf, 1e39]))
    made_up: NDArray[np.float64] = x
    return made_up


@settings(max_examples=300)
@given(_windows(), RATES, SPEEDS, st.booleans())
def test_the_batch_is_the_definition_within_the_tolerance(
    x: NDArray[np.float64], rate: float, speed: float | None, has_geometry: bool
) -> None:
    shaft = Shaft(speed, OF_6205 if has_geometry else None)
    of_batch = (OF_6205.outer, OF_6205.inner, OF_6205.ball, OF_6205.cage) if has_geometry else UNKNOWN
    shafts = Shafts(np.array([math.nan if speed is None else speed] * 3), np.array([of_batch] * 3))

    one = features(x.tolist(), rate, shaft)
    other = np.random.default_rng(1).normal(size=len(x))  # neighbours do not matter
    many = window_features(np.stack([other, x, np.zeros(len(x))]), plan_of(len(x), rate), shafts)

    assert many.reasons[1] == one.reason
    sizes = [0.0] * 18 if not np.isfinite(x).all() else _sizes(x - np.mean(x), rate, speed)
    for name, value, batch, size in zip(FEATURES, one.values, many.values[1].tolist(), sizes, strict=True):
        if value is None:
            assert math.isnan(batch), name
        else:
            assert abs(batch - value) <= TOLERANCE * max(abs(value), size) + 1e-15 * np.abs(x).max(), name


@pytest.mark.parametrize("count", [1000, 999, 1024])
def test_a_window_is_the_same_in_every_bit_whatever_its_neighbours(count: int) -> None:
    x = np.random.default_rng(3).normal(size=(300, count))
    shafts = Shafts(np.full(300, 3000.0), np.tile([OF_6205.outer, OF_6205.inner, OF_6205.ball, OF_6205.cage], (300, 1)))
    plan = plan_of(count, 4000.0)

    whole = window_features(x, plan, shafts)
    apart = [window_features(x[k : k + 1], plan, shafts.part(slice(k, k + 1))).values[0] for k in range(0, 300, 37)]

    assert np.array_equal(whole.values[::37], apart)
    assert not np.isnan(whole.values).any()


def test_no_window_gives_no_row() -> None:
    found = window_features(np.empty((0, 400)), plan_of(400, 4000.0), Shafts(np.empty(0), np.empty((0, 4))))

    assert found.values.shape == (0, 18)
    assert found.reasons.shape == (0,)


def test_time_domain_features_are_those_that_others_published() -> None:
    """Case Western's rig, 575 windows of 1,024 samples. They rounded samples to five figures, ties in another way."""
    folder = real_data("cwru_bearing")
    published = list(csv.DictReader((folder / "reference_features.csv").read_text().splitlines()))
    exact = 0
    for name in sorted({row["file"] for row in published}):
        rows = [{key: float(row[key]) for key in row if key != "file"} for row in published if row["file"] == name]
        wanted = {key: np.array([row[key] for row in rows]) for key in rows[0]}
        loaded = scipy.io.loadmat(folder / name)
        series = next(value for key, value in loaded.items() if key.endswith("_DE_time")).ravel()[: 1024 * len(rows)]
        windows = np.array([float(f"{sample:.5g}") for sample in series]).reshape(len(rows), 1024)
        off = _off(windows, wanted)
        assert off.max() < 1e-5
        exact += int((off < 1e-12).sum())

    assert len(published) == 575
    assert exact > 0.9 * 575


def _off(windows: NDArray[np.float64], wanted: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """The largest difference of each window: of the parts for what has a unit, of the figures for what has none."""
    unknown = Shafts(np.full(len(windows), math.nan), np.full((len(windows), 4), math.nan))
    found = dict(zip(FEATURES, window_features(windows, plan_of(1024, 12000.0), unknown).values.T, strict=True))
    rms, mean, shrunk = found["acceleration_rms_m_s2"], windows.mean(axis=1), 1023 / 1024  # theirs are by ddof 1
    peak = np.maximum(wanted["max"] - wanted["mean"], wanted["mean"] - wanted["min"])
    off: NDArray[np.float64] = np.max(
        [
            abs(rms / np.sqrt(shrunk) / wanted["sd"] - 1),
            abs(np.hypot(rms, mean) / wanted["rms"] - 1),
            abs(found["acceleration_peak_m_s2"] / peak - 1),
            abs(found["crest_factor"] * rms / peak - 1),
            abs(found["kurtosis"] * shrunk**2 - 3 - wanted["kurtosis"]),
            abs(found["skewness"] * shrunk**1.5 - wanted["skewness"]),
        ],
        axis=0,
    )
    return off
