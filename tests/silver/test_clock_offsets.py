"""How far off a clock was, by numbers: exact of a steady gateway, bounds where it was silent, else nothing."""

import numpy as np
import pytest

from silver.clock_offsets import Numbered, Stretch, stretches

S = 1_000_000


def numbered(*pairs: tuple[int, float]) -> Numbered:
    return Numbered(np.array([n for n, _ in pairs], np.int64), np.array([round(at * S) for _, at in pairs], np.int64))


def found(wrong: Numbered, right: Numbered) -> list[Stretch]:
    return list(stretches(wrong, right))


RIGHT = numbered((1, 1000.0), (2, 1010.0), (6, 1050.0), (7, 1060.0))


def test_of_a_steady_gateway_the_shift_is_exact() -> None:
    (one,) = found(numbered((3, 20.0), (4, 30.0), (5, 40.0)), RIGHT)

    assert (one.first, one.last, one.records, one.step_s) == (3, 5, 3, 10.0)
    assert (one.least_s, one.most_s) == (990.0, 1010.0)
    assert one.shift_s == 1000.0


def test_several_records_of_one_time_are_one_step() -> None:
    wrong = numbered((5, 0.0), (6, 0.0), (7, 60.0), (8, 60.0), (9, 120.0), (10, 120.0))
    right = numbered((3, 500.0), (4, 500.0), (11, 740.0), (12, 740.0))

    (one,) = found(wrong, right)

    assert (one.step_s, one.shift_s) == (60.0, 560.0)


def test_order_of_arrival_does_not_matter() -> None:
    wrong, right = numbered((5, 40.0), (3, 20.0), (4, 30.0)), numbered((7, 1060.0), (2, 1010.0), (6, 1050.0))

    assert [one.shift_s for one in found(wrong, right)] == [1000.0]


def test_an_outage_leaves_bounds_and_no_shift() -> None:
    (one,) = found(numbered((3, 20.0), (4, 30.0), (5, 40.0)), numbered((2, 1010.0), (6, 9050.0)))

    assert (one.least_s, one.most_s, one.width_s, one.shift_s) == (990.0, 9010.0, 8020.0, None)


def test_each_start_of_the_gateway_is_a_stretch() -> None:
    wrong = numbered((2, 5.0), (3, 15.0), (4, 5.0), (5, 15.0))

    assert [(one.first, one.last) for one in found(wrong, numbered((1, 100.0), (6, 900.0)))] == [(2, 3), (4, 5)]


def test_a_right_record_in_between_ends_a_stretch() -> None:
    wrong = numbered((2, 0.0), (3, 10.0), (5, 30.0), (6, 40.0))
    right = numbered((1, 90.0), (4, 120.0), (7, 150.0))

    assert [(one.first, one.last, one.shift_s) for one in found(wrong, right)] == [(2, 3, 100.0), (5, 6, 100.0)]


@pytest.mark.parametrize(
    ("right", "bounds"),
    [
        (numbered((1, 1000.0)), (990.0, None)),
        (numbered((9, 1050.0)), (None, 1030.0)),
        (numbered(), (None, None)),
    ],
)
def test_one_neighbour_is_one_bound(right: Numbered, bounds: tuple[float | None, float | None]) -> None:
    (one,) = found(numbered((3, 10.0), (4, 20.0)), right)

    assert ((one.least_s, one.most_s), one.shift_s) == (bounds, None)


def test_numbers_that_began_again_give_no_shift() -> None:
    (one,) = found(numbered((2, 10.0), (3, 20.0)), numbered((1, 5000.0), (4, 1000.0)))

    assert one.width_s is not None
    assert one.width_s < 0
    assert one.shift_s is None


def test_a_clock_ahead_is_a_shift_below_nothing() -> None:
    (one,) = found(numbered((2, 5010.0), (3, 5020.0)), numbered((1, 100.0), (4, 130.0)))

    assert one.shift_s == -4900.0


def test_a_single_time_has_no_step() -> None:
    (one,) = found(numbered((2, 10.0)), numbered((1, 100.0), (3, 120.0)))

    assert (one.step_s, one.shift_s, one.width_s) == (None, None, 20.0)


def test_no_wrong_record_is_no_stretch() -> None:
    assert found(numbered(), RIGHT) == []
