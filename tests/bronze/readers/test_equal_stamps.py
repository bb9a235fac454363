"""Records that share a stamp for want of precision: by order of the file they get times of their own."""

import io
import tomllib
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bronze.files import Admission, Content, Known, Landed, Outcome, Prefix, admit
from bronze.readers.batch import ReadBatch
from bronze.readers.read import read_records
from expectations.errors import ContractError
from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping
from jobs.edge.pipeline_document import _check_readable
from lakehouse.errors import UsageError

AT = datetime(2026, 11, 2, 6, tzinfo=UTC)
MAPPING = """
feed = "readings"
files = ["a/*"]
format = "csv"
[time]
column = "time"
{time}
[columns]
sensor_id = "sensor"
value = "value"
machine_id = "machine"
{columns}
[constants]
factory_id = "north"
metric = "temperature"
unit = "C"
"""


def mapping(time: str = 'same_stamp = "spread"') -> Mapping:
    time, _, columns = time.partition("\n[columns]\n")
    return parse_mapping(tomllib.loads(MAPPING.format(time=time, columns=columns)), "stamps")


def batches_of(records: list[tuple[int, str, str, float]], rule: Mapping) -> list[ReadBatch]:
    """Of records of a second, machine, sensor and value."""
    lines = [f"{AT + timedelta(seconds=at):%Y-%m-%dT%H:%M:%SZ},{','.join(map(str, rest))}" for at, *rest in records]
    content = "\n".join(["time,machine,sensor,value", *lines]) + "\n"
    return list(read_records(io.BytesIO(content.encode()), rule))


def read(records: list[tuple[int, str]], rule: Mapping) -> list[tuple[str, timedelta]]:
    """Sensor and time since `AT` of each record, by line. Records: second and sensor."""
    batches = batches_of([(second, "P1", sensor, 1.5) for second, sensor in records], rule)
    rows = sorted((row for batch in batches for row in batch.rows.to_pylist()), key=lambda row: row["_line"])
    assert all(batch.records == batch.rows.num_rows for batch in batches)
    assert len(records) == len(rows)
    return [(row["sensor_id"], row["measured_at"] - AT) for row in rows]


def by_hand(records: list[tuple[int, str]], step_us: int | None) -> list[tuple[str, timedelta]]:
    """One record after the other: its place among the neighbours of its sensor that have its stamp."""
    runs: list[list[int]] = []
    open_: dict[str, list[int]] = {}
    for line, (second, sensor) in enumerate(records):
        run = open_.get(sensor)
        if run is None or records[run[0]][0] != second:
            run = open_[sensor] = []
            runs.append(run)
        run.append(line)
    times: dict[int, timedelta] = {}
    for run in runs:
        for place, line in enumerate(run):
            is_fine = step_us is not None and step_us * len(run) <= 1_000_000
            later = step_us * place if is_fine and step_us else place * 1_000_000 // len(run)
            times[line] = timedelta(seconds=records[line][0], microseconds=later)
    return [(sensor, times[line]) for line, (_, sensor) in enumerate(records)]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["a", "b"])), min_size=1, max_size=12),
    st.sampled_from([None, 250_000, 100_000]),
)
def test_times_are_those_of_a_reader_by_hand(records: list[tuple[int, str]], step_us: int | None) -> None:
    step = f'same_stamp = "spread"\nstep = "{step_us}us"' if step_us else 'same_stamp = "spread"'

    assert read(records, mapping(step)) == by_hand(records, step_us)


def test_a_stamp_that_goes_on_in_the_next_block_of_a_file_is_one_run() -> None:
    many = [(second // 7, "a") for second in range(200_000)]

    found = read(many, mapping())

    assert found == by_hand(many, None)
    assert len({at for _, at in found}) == len(many)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 1), st.sampled_from(["P1", "P2"]), st.floats(allow_nan=False, allow_infinity=False)
        ),
        min_size=1, max_size=12,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_a_mean_is_the_exact_sum_rounded_once_in_any_order(
    samples: list[tuple[int, str, float]], shuffle: Random
) -> None:
    """Two machines with one name of a sensor have a mean each."""
    shuffle.shuffle(samples)
    samples.sort(key=lambda sample: sample[0])
    values: dict[tuple[int, str], list[Fraction]] = {}
    for at, machine, value in samples:
        values.setdefault((at, machine), []).append(Fraction(value))
    by_hand = {key: float(sum(some) / len(some)) for key, some in values.items()}

    batches = batches_of([(at, machine, "T", value) for at, machine, value in samples], mapping('same_stamp = "mean"'))

    rows = [row for batch in batches for row in batch.rows.to_pylist()]
    assert {((row["measured_at"] - AT).seconds, row["machine_id"]): row["value"] for row in rows} == by_hand
    assert sum(batch.records for batch in batches) == len(rows) == len(by_hand)


def test_a_mean_goes_on_in_the_next_block_of_a_file() -> None:
    many = [(line // 7, "P1", "T", float(line)) for line in range(200_000)]

    batches = batches_of(many, mapping('same_stamp = "mean"'))

    found = [value for batch in batches for value in batch.rows["value"].to_pylist()]
    assert len(batches) > 1
    assert found == [
        float(Fraction(sum(range(at, min(at + 7, 200_000))), min(7, 200_000 - at))) for at in range(0, 200_000, 7)
    ]


def test_a_file_that_grows_is_read_again_whole() -> None:
    """Its last stamp may go on, so that its samples lie elsewhere."""
    known = Known("a/1.csv", 10, 1, "old", "read", "stamps", "id")
    content = Content(Landed("a/1.csv", 20, 2), "new", {10: Prefix("old", 10, 2, 0)})

    decisions = [admit([content], [known], [rule])[0] for rule in (mapping(), mapping(""))]

    assert [_shown(one) for one in decisions] == [(Outcome.FILE_CHANGED, 0), (Outcome.READ, 10)]


def _shown(one: Admission) -> tuple[Outcome, int]:
    return one.outcome, one.first_byte


@pytest.mark.parametrize(("kind", "expected"), [
    ("mean", [(1, 0, 2.0), (2, 0, 20.0)]),
    ("spread", [(1, 0, 1.0), (1, 500, 3.0), (2, 0, 10.0), (2, 500, 30.0)]),
])  # fmt: skip
def test_another_version_of_a_second_is_not_part_of_it(kind: str, expected: list[tuple[int, int, float]]) -> None:
    rule = mapping(f'same_stamp = "{kind}"\n[columns]\nrevision = "rev"\n[exported]\ncolumn = "printed"')
    samples = [(1.0, 1, "03"), (3.0, 1, "03"), (10.0, 2, "04"), (30.0, 2, "04")]
    lines = [f"2026-11-02T06:00:00Z,P1,T,{value},{rev},2026-11-{day}T00:00:00Z" for value, rev, day in samples]
    content = "\n".join(["time,machine,sensor,value,rev,printed", *lines, ""]).encode()

    rows = [row for batch in read_records(io.BytesIO(content), rule) for row in batch.rows.to_pylist()]

    found = [(row["revision"], (row["measured_at"] - AT) // timedelta(milliseconds=1), row["value"]) for row in rows]
    assert sorted(found) == expected


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ('same_stamp = "median"', "unknown same_stamp 'median'; legal: conflict, mean, spread"),
        ('same_stamp = "mean"\nstep = "1ms"', "precision and step belong to same_stamp = 'spread'"),
        ('same_stamp = "mean"\n[columns]\nsequence = "n"', "makes one reading of several, and `sequence` numbers"),
        ('step = "1ms"', "precision and step belong to same_stamp = 'spread'"),
        ('same_stamp = "spread"\nstep = "2s"', "step 2s is longer than the precision 1s"),
        ('same_stamp = "spread"\nstep = "0ms"', "bad duration '0ms'"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(time: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        mapping(time)


def test_no_bundle_is_sealed_that_a_gateway_cannot_follow() -> None:
    with pytest.raises(UsageError, match="mapping stamps: same_stamp = 'spread' needs the whole file"):
        _check_readable(mapping())
