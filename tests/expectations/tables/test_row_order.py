"""Rows in order of several keys: NumPy's own order, whatever the keys span."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from expectations.tables.row_order import row_order

_BOUNDS = st.sampled_from([1, 5, 300, 2**16, 2**17, 2**40, 2**62, 2**63 - 1])


@st.composite
def _keys(draw: st.DrawFn) -> list[np.ndarray]:
    rows = draw(st.integers(0, 30))
    spans = draw(st.lists(_BOUNDS, min_size=1, max_size=5))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    return [
        random.choice(random.integers(-span, span, 4, endpoint=True), rows).astype(np.int64)
        if draw(st.booleans()) else random.random(rows) < 0.5
        for span in spans
    ]  # fmt: skip


@given(_keys())
def test_it_is_the_order_of_lexsort(keys: list[np.ndarray]) -> None:
    assert row_order(keys).tolist() == np.lexsort(keys).tolist()
