"""Features of vibration windows: windows a processor second of our batch, beside a loop that uses SciPy.

`python -m bench.vibration` computes the 18 features of windows of 4,000 samples at 4 kHz, float32, each with a speed
of its own. The loop does the same by `scipy.signal` and `scipy.stats`, a window at a time, as a script
would. tsfel and tsfresh are no part of the set-up; they compute other features.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats

from bench.measure import SMALL, machine_line
from domain.vibration.bearing import Bearing, orders
from domain.vibration.features import Shaft, features
from domain.vibration.plan import BANDS_HZ, plan_of
from silver.vibration_features import Shafts, window_features

AIM = 7900
"""Windows a second and core that the batch has to reach."""
_RATE, _COUNT = 4000.0, 4000
_WINDOWS, _SMALL_WINDOWS = 2000, 20
_ROUNDS, _SMALL_ROUNDS = 5, 1
_SKF_6205 = Bearing(elements=9, element_mm=7.94, pitch_mm=39.04)


def main(argv: Sequence[str] | None = None) -> int:
    """The batch, the loop of SciPy and the definition in plain Python; each the best of its rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help=SMALL)
    arguments = parser.parse_args(argv)
    print(machine_line())
    windows, rounds = (_SMALL_WINDOWS, _SMALL_ROUNDS) if arguments.small else (_WINDOWS, _ROUNDS)
    made = np.random.default_rng(4)
    samples = made.normal(size=(windows, _COUNT)).astype(np.float32)
    shafts = _shafts(made, windows)
    few = max(windows // 10, 1)
    batch = _rate(lambda: window_features(samples, plan_of(_COUNT, _RATE), shafts), windows, rounds)
    loop = _rate(lambda: [scipy_features(x, rpm) for x, rpm in _pairs(samples, shafts, few)], few, rounds)
    plain = _rate(lambda: _plain(samples, shafts), 1, 1)
    print(f"  {windows:,} windows of {_COUNT:,} samples, one core, processor time, best of {rounds}")
    print(f"  {'batch (NumPy)':28s}{batch:10,.0f} windows/s{batch / loop:8.1f} x the loop    aim {AIM:,}{_mark(batch)}")
    print(f"  {'loop (SciPy), ' + str(few) + ' windows':28s}{loop:10,.0f} windows/s{1:8.1f}")
    print(f"  {'gateway (plain Python)':28s}{plain:10,.1f} windows/s{plain / loop:8.3f} x the loop")
    return 0


def _mark(rate: float) -> str:
    return "" if rate >= AIM else " missed"


def _rate(run: Callable[[], object], windows: int, rounds: int) -> float:
    """Windows a processor second, the best of some rounds. All threads of this process count."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        run()
        best = min(best, time.process_time() - began)
    return windows / best


def _shafts(made: np.random.Generator, windows: int) -> Shafts:
    found = orders(_SKF_6205)
    lines = np.tile([found.outer, found.inner, found.ball, found.cage], (windows, 1))
    return Shafts(made.uniform(1450.0, 1500.0, windows), lines)


def _pairs(samples: NDArray[np.float32], shafts: Shafts, few: int) -> Iterator[tuple[NDArray[np.float32], float]]:
    return zip(samples[:few], shafts.speed_rpm[:few].tolist(), strict=True)


def _plain(samples: NDArray[np.float32], shafts: Shafts) -> object:
    return features(samples[0].tolist(), _RATE, Shaft(float(shafts.speed_rpm[0]), orders(_SKF_6205)))


def scipy_features(samples: NDArray[np.float32], speed_rpm: float) -> list[float]:
    """The same 18 features of one window as a script computes them."""
    x = samples.astype(np.float64) - samples.mean(dtype=np.float64)
    rms, peak = float(np.sqrt(np.mean(x * x))), float(np.abs(x).max())
    hertz, density = signal.periodogram(x, _RATE, window="hann", detrend=False)
    step, turns = hertz[1], speed_rpm / 60
    velocity = np.divide(density, (2 * np.pi * hertz) ** 2, out=np.zeros_like(density), where=hertz > 0) * 1e6
    bands = [_rms(density, hertz, low, high, step) for low, high in BANDS_HZ]
    inside = (hertz >= 10) & (hertz < 0.4 * _RATE)
    centroid = float((hertz * density)[inside].sum() / density[inside].sum())
    one, two = (_rms(velocity, hertz, k * turns - 1.5 * step, k * turns + 1.5 * step, step) for k in (1, 2))
    lines = _lines(x, turns)
    return [
        rms, peak, peak / rms, float(stats.kurtosis(x, fisher=False)), float(stats.skew(x)),
        _rms(velocity, hertz, 10, 1000, step), *bands, centroid, one, two / one, *lines,
    ]  # fmt: skip


def _rms(density: NDArray[np.float64], hertz: NDArray[np.float64], low: float, high: float, step: float) -> float:
    return float(np.sqrt(density[(hertz >= low) & (hertz < high)].sum() * step))


def _lines(x: NDArray[np.float64], turns: float) -> list[float]:
    """Band-pass in the spectrum, squared analytic signal, its spectrum, then each line by the median around it."""
    bins = np.fft.fft(x)
    bins[: len(x) // 8] = bins[2 * len(x) // 5 :] = 0
    envelope = np.abs(np.fft.rfft(np.abs(np.fft.ifft(bins)) ** 2))
    found = orders(_SKF_6205)
    return [_line(envelope, order * turns) for order in (found.outer, found.inner, found.ball, found.cage)]


def _line(envelope: NDArray[np.float64], hertz: float) -> float:
    ratios = []
    for centre in (hertz, 2 * hertz, 3 * hertz):
        reach = max(0.01 * centre, 1.0)
        around = envelope[max(1, int(np.ceil(centre - 25))) : int(centre + 25) + 1]
        ratios.append(envelope[int(np.ceil(centre - reach)) : int(centre + reach) + 1].max() / np.median(around))
    return float(np.mean(ratios))


if __name__ == "__main__":
    sys.exit(main())
