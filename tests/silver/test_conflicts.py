"""Silver's columns against the rules of `domain.conflicts`, which the device applies record by record."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conflicts import machine_rank, reading_rank
from silver.outcomes import OUTCOMES, resolve

AT = datetime(2026, 3, 1, tzinfo=UTC)
# Records of another machine have another key.
PAYLOADS = st.tuples(st.integers(-2, 2), st.just("M1"), st.just("F1"))
Payload = tuple[int, str, str]
SCHEMA = pa.schema(
    [
        ("sensor_id", pa.string()), ("metric", pa.string()), ("measured_at", pa.timestamp("us", "UTC")),
        ("steps", pa.int64()), ("machine_id", pa.string()), ("factory_id", pa.string()), ("_batch_id", pa.int64()),
        ("_file_id", pa.string()), ("_line", pa.int64()), ("_column", pa.string()), ("_faults", pa.list_(pa.string())),
    ]
)  # fmt: skip


def table(payloads: list[Payload]) -> pa.Table:
    key = {"sensor_id": "S", "metric": "temperature", "measured_at": AT, "_faults": []}
    place = {"_batch_id": 1, "_file_id": "f", "_column": ""}
    names = ("steps", "machine_id", "factory_id")
    rows = [{**key, **place, "_line": line, **dict(zip(names, one, strict=True))} for line, one in enumerate(payloads)]
    return pa.Table.from_pylist(rows, SCHEMA)


def one_by_one(payloads: list[Payload], stored: Payload | None) -> tuple[list[str], Payload]:
    """The outcome of each record of a batch, and what is stored then, by the rank alone."""
    winner = min([*payloads, *([stored] if stored else [])], key=lambda one: reading_rank(*one))
    accepted, outcomes = stored == winner, []
    for payload in payloads:
        if payload != winner:
            outcomes.append("loses")
        elif accepted:
            outcomes.append("repeats")
        else:
            outcomes.append("replaces" if stored else "new")
            accepted = True
    return outcomes, winner


@given(st.lists(PAYLOADS, min_size=1, max_size=8), st.none() | PAYLOADS)
def test_the_columns_of_a_batch_have_the_outcomes_of_the_rank(payloads: list[Payload], stored: Payload | None) -> None:
    resolved = resolve(table(payloads), table([stored] if stored else []))

    outcomes, held = one_by_one(payloads, stored)
    assert [OUTCOMES[place].value for place in resolved.outcomes] == outcomes
    assert resolved.replaced.num_rows == (stored is not None and held != stored)


@given(st.lists(st.lists(PAYLOADS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_the_winner_is_the_same_in_batches_and_one_by_one(batches: list[list[Payload]]) -> None:
    batch_held: list[Payload] = []
    for batch in batches:
        outcomes = [OUTCOMES[place].value for place in resolve(table(batch), table(batch_held)).outcomes]
        batch_held = [one for one, outcome in zip(batch, outcomes, strict=True) if outcome in ("new", "replaces")] or (
            batch_held
        )
    device_held = batches[0][0]
    for payload in [one for batch in reversed(batches) for one in batch]:
        if reading_rank(*payload) < reading_rank(*device_held):
            device_held = payload

    assert batch_held == [device_held]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.none(), min_size=2, max_size=5))
def test_texts_of_machines_rank_by_their_bytes_and_absent_ones_first(texts: list[str | None]) -> None:
    by_bytes = sorted(texts, key=lambda text: (text is not None, (text or "").encode()))

    assert sorted(texts, key=lambda text: machine_rank("F", text, None)) == by_bytes


@pytest.mark.parametrize(
    ("less", "greater"),
    [
        (("F1", "Z", "{}"), ("F2", None, None)),
        (("F1", "A", "{}"), ("F1", "B", None)),
        (("F1", "A", None), ("F1", "A", "{}")),
    ],
)
def test_origin_model_and_attributes_rank_in_this_order(
    less: tuple[str, str | None, str | None], greater: tuple[str, str | None, str | None]
) -> None:
    assert machine_rank(*less) < machine_rank(*greater)
