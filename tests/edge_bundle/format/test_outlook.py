from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_bundle.format import canonical_json
from edge_bundle.format.errors import ManifestError
from edge_bundle.format.manifest_check import check_draft
from edge_bundle.format.manifest_json import dump_manifest, parse_manifest
from edge_bundle.format.outlook import Outlook, OutlookTable
from tests.support.edge_models import OUTLOOK_BINS, OUTLOOK_KNOTS, small_draft

DRAFT = small_draft()[0]
TABLE = DRAFT.outlooks[0]
NEVER = Outlook(None, None, None, 0.5)


def test_a_margin_finds_its_bin_and_one_on_a_knot_the_bin_above() -> None:
    low, high = OUTLOOK_KNOTS
    below = float(np.nextafter(np.float32(low), np.float32(-1)))
    margins = [-math.inf, -9.0, below, low, 0.0, high, 9.0, math.inf]

    found = [OUTLOOK_BINS.index(TABLE.at(margin)) for margin in margins]

    assert found == [0, 0, 0, 1, 1, 2, 2, 2]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=8, unique=True))
def test_a_table_is_read_back_with_every_bit_and_answers_the_same(knots: list[float]) -> None:
    rising = tuple(sorted(set(knots)))
    bins = tuple(Outlook(1e3 / (at + 3), 1.0 / 3.0, None, 0.1) for at in range(len(rising) + 1))
    manifest = replace(DRAFT, outlooks=(OutlookTable(TABLE.model, rising, bins),))

    read = parse_manifest(dump_manifest(manifest))

    check_draft(read)
    assert read == manifest
    assert [read.outlooks[0].at(knot) for knot in rising] == list(bins[1:])


def test_a_manifest_without_a_table_is_read_as_it_always_was() -> None:
    written = dump_manifest(replace(DRAFT, outlooks=()))

    assert "outlooks" not in canonical_json.loads(written)
    assert parse_manifest(written).outlooks == ()


@pytest.mark.parametrize(
    "change",
    [
        {"model": "other"},
        {"model": "anomaly"},
        {"bins": OUTLOOK_BINS[1:]},
        {"bins": ()},
        {"knots": OUTLOOK_KNOTS[::-1]},
        {"knots": OUTLOOK_KNOTS[:1] * 2},
        {"knots": (0.1, 0.3)},
        {"bins": OUTLOOK_BINS[::-1]},
        {"bins": (OUTLOOK_BINS[1], NEVER, OUTLOOK_BINS[2])},
        {"bins": (*OUTLOOK_BINS[:2], replace(OUTLOOK_BINS[2], earliest_h=13.0))},
        {"bins": (*OUTLOOK_BINS[:2], replace(OUTLOOK_BINS[2], latest_h=11.0))},
        {"bins": (*OUTLOOK_BINS[:2], replace(OUTLOOK_BINS[2], earliest_h=None))},
        {"bins": (*OUTLOOK_BINS[:2], replace(OUTLOOK_BINS[2], earliest_h=-1.0))},
        {"bins": (*OUTLOOK_BINS[:2], replace(OUTLOOK_BINS[2], confidence_frac=1.5))},
        {"bins": (*OUTLOOK_BINS[:2], replace(OUTLOOK_BINS[2], episodes=-1))},
    ],
    ids=[
        "no such model", "no margin model", "a bin short", "no bin", "falling knots", "one knot twice", "no float32",
        "longer with a higher margin", "beyond the records between", "earliest after expected",
        "latest before expected", "expected without earliest", "before the score", "confidence above 1",
        "fewer episodes than none",
    ],
)  # fmt: skip
def test_a_table_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ManifestError, match=r"outlook of|is spoken of"):
        check_draft(replace(DRAFT, outlooks=(replace(TABLE, **change),)))


def test_two_tables_of_one_model_are_refused() -> None:
    with pytest.raises(ManifestError, match="table of outlooks is in the manifest twice"):
        check_draft(replace(DRAFT, outlooks=(TABLE, TABLE)))
