"""The stopwatch's quantiles are those of the waits, to a step of 10 microseconds."""

from bench.stopwatch import Stopwatch


def watched(*waits_us: int) -> Stopwatch:
    watch = Stopwatch()
    for wait in waits_us:
        watch.add(wait)
    return watch


def test_quantiles_are_upper_ends_of_steps_and_the_longest_is_exact() -> None:
    watch = watched(*range(0, 1_000), 24_811)

    assert watch.found() == {"lines": 1_001, "p50_us": 510, "p99_us": 1_000, "max_us": 24_811}


def test_waits_beyond_the_steps_count_as_the_longest() -> None:
    assert watched(200_000, 300_000).found() == {"lines": 2, "p50_us": 300_000, "p99_us": 300_000, "max_us": 300_000}


def test_a_clock_set_back_is_no_wait_and_nothing_is_no_wait_either() -> None:
    assert watched(-5).quantile_us(0.5) <= 10
    assert watched().found() == {"lines": 0, "p50_us": 0, "p99_us": 0, "max_us": 0}
