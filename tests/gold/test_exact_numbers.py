"""Single numbers and arrays give the same bits, however large the sums are."""

import random

import numpy as np
import pytest

from gold import exact, exact_numbers
from gold.whole_numbers import double, product, running


def _bits(value: float | None) -> str | None:
    return None if value is None or np.isnan(value) else float(value).hex()


@pytest.mark.parametrize("largest", [2**10, 2**31, 2**40, 2**58])
def test_statistics_of_numbers_and_arrays_are_equal_in_every_bit(largest: int) -> None:
    rng = random.Random(largest)
    rows = []
    for count in [0, 1, 2, 3, *(rng.randrange(4, 5000) for _ in range(60))]:
        steps = [rng.randrange(-largest, largest) for _ in range(min(count, 50))]
        rows.append((count, sum(steps), sum(step * step for step in steps)))
    counts, totals, squares = (np.array(column, dtype=object) for column in zip(*rows, strict=True))

    means, scaled = exact.mean(counts, totals, 0.01), exact.scaled(totals, 0.01)
    deviations = exact.deviation(counts, totals, squares, 0.01)

    for place, (count, total, square) in enumerate(rows):
        assert _bits(means[place]) == _bits(exact_numbers.mean(count, total, 0.01))
        assert _bits(deviations[place]) == _bits(exact_numbers.deviation(count, total, square, 0.01))
        assert _bits(scaled[place]) == _bits(exact_numbers.scaled(total, 0.01))


def test_a_product_beyond_64_bits_is_exact() -> None:
    found = product(np.array([2**62, 3]), np.array([2**62, 5]))

    assert found.tolist() == [2**124, 15]
    assert running(found).tolist() == [0, 2**124, 2**124 + 15]


def test_small_numbers_stay_in_64_bits() -> None:
    assert product(np.array([2**20, 3]), np.array([2**20, 5])).dtype == np.int64


def test_a_whole_number_becomes_the_nearest_double() -> None:
    halfway = np.array([2**53 + 1, 2**53 + 3, 2**63 - 1])

    assert double(halfway).tolist() == [2.0**53, 2.0**53 + 4, 2.0**63]
    assert double(halfway.astype(object)).tolist() == double(halfway).tolist()
