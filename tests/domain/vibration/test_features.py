"""The features of signals whose features are known."""

import math
import random
from collections.abc import Callable

import pytest

from domain.vibration import plan as limits
from domain.vibration.bearing import Bearing, orders
from domain.vibration.features import FEATURES, Features, Shaft, features
from domain.vibration.plan import plan_of
from domain.vibration.spectrum import spectrum_of

RATE, COUNT = 4000.0, 4000
SHAFT = Shaft(1500.0, orders(Bearing(elements=9, element_mm=7.94, pitch_mm=39.04)))


def _signal(at: Callable[[float], float], noise: float = 0.0, count: int = COUNT) -> list[float]:
    made = random.Random(7)
    return [at(n / RATE) + noise * made.gauss(0, 1) for n in range(count)]


def _of(found: Features, name: str) -> float:
    value = found.values[FEATURES.index(name)]
    assert value is not None, (name, found.reason)
    return value


def _sine(hertz: float, size: float) -> Callable[[float], float]:
    return lambda t: size * math.sin(2 * math.pi * hertz * t)


def test_there_are_eighteen_features() -> None:
    assert len(FEATURES) == len(set(FEATURES)) == 18


def test_a_sine_has_the_figures_of_a_sine() -> None:
    found = features(_signal(_sine(125, 2.0)), RATE, SHAFT)

    assert _of(found, "acceleration_rms_m_s2") == pytest.approx(math.sqrt(2))
    assert _of(found, "acceleration_peak_m_s2") == pytest.approx(2)
    assert _of(found, "crest_factor") == pytest.approx(math.sqrt(2))
    assert _of(found, "kurtosis") == pytest.approx(1.5)
    assert _of(found, "skewness") == pytest.approx(0, abs=1e-9)
    assert _of(found, "velocity_rms_mm_s") == pytest.approx(1000 * math.sqrt(2) / (2 * math.pi * 125), rel=1e-4)
    assert _of(found, "acceleration_100_300_hz_m_s2") == pytest.approx(math.sqrt(2))
    assert _of(found, "acceleration_300_600_hz_m_s2") == pytest.approx(0, abs=1e-9)
    assert _of(found, "spectral_centroid_hz") == pytest.approx(125)


def test_a_constant_part_does_not_count() -> None:
    plain, moved = (
        features([level + sample for sample in _signal(_sine(160, 1.0), 0.5)], RATE, SHAFT) for level in (0.0, 9.81)
    )

    assert moved.values == pytest.approx(plain.values, rel=1e-9)


@pytest.mark.parametrize("count", [4000, 3999, 4001, 2048, 500])
def test_the_energies_of_all_bins_add_up_to_the_windowed_mean_square(count: int) -> None:
    """Parseval's theorem, against the sum over the samples under the window."""
    samples = _signal(_sine(50, 1.0), 1.0, count)
    mean = math.fsum(samples) / count
    moved = [sample - mean for sample in samples]
    plan = plan_of(count, RATE)

    hann = [0.5 - 0.5 * math.cos(2 * math.pi * n / count) for n in range(count)]
    by_samples = sum((x * w) ** 2 for x, w in zip(moved, hann, strict=True)) / sum(w * w for w in hann)
    whole = spectrum_of(moved, plan)
    scale = 2.0 / (0.375 * count * count)
    under = [whole.bins[k] / 2 - (whole.bins[k - 1] + whole.bins[(k + 1) % count]) / 4 for k in range(count)]
    assert sum(abs(x) ** 2 for x in under) * scale / 2 == pytest.approx(by_samples)
    assert whole.power[1:] == pytest.approx([abs(x) ** 2 * scale for x in under[1 : plan.end]])
    assert whole.energy(1, plan.end) == pytest.approx(0.8 * whole.total, rel=0.2)  # noise: 0.4 of 0.5 of the rate


def test_bands_side_by_side_add_up() -> None:
    found = features(_signal(_sine(250, 1.0), 1.0), RATE, SHAFT)
    bands = [_of(found, name) for name in FEATURES if name.endswith("_hz_m_s2")]

    samples = _signal(_sine(250, 1.0), 1.0)
    mean = math.fsum(samples) / COUNT
    whole = spectrum_of([sample - mean for sample in samples], plan_of(COUNT, RATE))
    assert math.fsum(band * band for band in bands) == pytest.approx(whole.energy(10, 1600))


def test_unbalance_and_misalignment_are_seen_at_the_shaft() -> None:
    found = features(_signal(lambda t: _sine(25, 1.0)(t) + _sine(50, 0.5)(t), 0.01), RATE, SHAFT)

    assert _of(found, "velocity_1x_mm_s") == pytest.approx(1000 / math.sqrt(2) / (2 * math.pi * 25), rel=0.01)
    assert _of(found, "ratio_2x_1x") == pytest.approx(0.25, rel=0.01)


@pytest.mark.parametrize(
    ("name", "order"),
    [("envelope_bpfo", 3.5848), ("envelope_bpfi", 5.4152), ("envelope_2bsf", 4.7135)],
)
def test_strikes_are_attributed_to_what_is_damaged(name: str, order: float) -> None:
    """A decaying ring of 1 kHz at each strike."""

    def ring(t: float) -> float:
        since = t % (1 / (order * 25.0))
        return 3.0 * math.exp(-800 * since) * math.sin(2 * math.pi * 1000 * since)

    found = features(_signal(ring, 0.5), RATE, SHAFT)

    ratios = {line: _of(found, line) for line in FEATURES if line.startswith("envelope")}
    assert max(ratios, key=lambda line: ratios[line]) == name
    assert ratios[name] > 2 * sorted(ratios.values())[-2]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e39])
def test_one_missing_sample_leaves_no_feature(bad: float) -> None:
    samples = _signal(_sine(50, 1.0))
    samples[17] = bad

    assert features(samples, RATE, SHAFT) == Features((None,) * 18, "samples_missing")


@pytest.mark.parametrize("samples", [[0.0] * 400, [9.81] * 400, [3.0], [9.81, 9.81 + 1e-7] * 200])
def test_a_flat_window_has_rms_and_peak_alone(samples: list[float]) -> None:
    found = features(samples, RATE, SHAFT)

    assert found.reason == "flat"
    assert found.values[:2] == pytest.approx((0.0, 0.0), abs=1e-6)
    assert found.values[2:] == (None,) * 16


@pytest.mark.parametrize(
    ("shaft", "reason", "lacking"),
    [
        (Shaft(), "speed_unknown", FEATURES[12:]),
        (Shaft(None, SHAFT.orders), "speed_unknown", FEATURES[12:]),
        (Shaft(1500.0), "geometry_unknown", FEATURES[14:]),
        (Shaft(0.0, SHAFT.orders), "unresolved", FEATURES[12:]),
        (Shaft(100.0, SHAFT.orders), "unresolved", ("velocity_1x_mm_s", "ratio_2x_1x", "envelope_ftf")),
        (SHAFT, None, ()),
    ],
)
def test_what_is_not_known_is_null_and_says_why(shaft: Shaft, reason: str | None, lacking: tuple[str, ...]) -> None:
    found = features(_signal(_sine(50, 1.0), 1.0), RATE, shaft)

    assert found.reason == reason
    assert tuple(name for name, value in zip(FEATURES, found.values, strict=True) if value is None) == lacking


def test_a_short_window_does_not_claim_what_it_cannot_show() -> None:
    """0.05 s at 4 kHz: no period of 10 Hz, and bins of 20 Hz."""
    found = features(_signal(_sine(500, 1.0), 1.0, count=200), RATE, SHAFT)

    assert found.reason == "unresolved"
    there = {name for name, value in zip(FEATURES, found.values, strict=True) if value is not None}
    assert there == {
        *FEATURES[:2], "crest_factor", "kurtosis", "skewness", "acceleration_100_300_hz_m_s2",
        "acceleration_300_600_hz_m_s2", "acceleration_600_1000_hz_m_s2", "acceleration_1000_1600_hz_m_s2",
        "envelope_bpfo", "envelope_bpfi", "envelope_2bsf",
    }  # fmt: skip


def test_a_slow_rate_has_no_band_above_its_half() -> None:
    plan = plan_of(1000, 1000.0)

    assert plan.bands == ((10, 100), (100, 300), None, None, None)
    assert plan.velocity is None


def test_a_signal_without_noise_has_no_ratio_to_it() -> None:
    found = features(_signal(_sine(1000, 1.0)), RATE, SHAFT)

    assert found.reason == "no_signal"
    assert found.values[FEATURES.index("envelope_bpfo")] is None


@pytest.mark.parametrize(("count", "rate"), [(0, 4000.0), (4000, 0.0), (4000, math.nan), (4000, 1e10), (4000, 1e-9)])
def test_no_samples_and_no_rate_are_refused(count: int, rate: float) -> None:
    with pytest.raises(ValueError, match="legal: one sample at least"):
        features([1.0] * count, rate, SHAFT)


def test_every_reason_has_its_meaning() -> None:
    assert tuple(limits.REASONS) == (
        "samples_missing", "flat", "speed_unknown", "geometry_unknown", "unresolved", "no_signal"
    )  # fmt: skip
