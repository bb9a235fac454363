"""Every kind of bad input from file to silver: nothing lost, a reason for each record, and the good ones accepted.

Each kind has a sensor of its own, so that one run of all of them tells them apart.
"""

import gzip
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jobs.quality.recipes import data_quality_rows
from lakehouse.engine.server import EngineAddress
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import HEADER, LARGEST, line, lines, row, write_small_plant

pytestmark = pytest.mark.spark
AT = "2026-03-01T00:00:00Z"
OLD = 315_532_800.0  # 1980


def _good(sensor: str) -> str:
    return line(AT, sensor=sensor)


def _half(sensor: str) -> bytes:
    return gzip.compress(lines("2026-03-01T00:00:00+00:00", 4000, minutes=1, sensor=sensor).encode())[:-4000]


def _with_raw(sensor: str, raw: bytes) -> bytes:
    return _good(sensor).encode() + raw + b"\n"


# file: (content, records, rows in bronze, reasons of rejected records, faults of quarantined ones, accepted)
Case = tuple[bytes | str, int, int, dict[str, int], dict[str, int], int]
CASES: dict[str, Case] = {
    "lines/garbage.jsonl": (_with_raw("garbage", b"%%% no json"), 2, 1, {"not_json": 1}, {}, 1),
    "lines/empty.jsonl": (b"", 0, 0, {}, {}, 0),
    "table/header.csv": ("when,what\n1,2\n3,4\n", 3, 0, {"missing_column": 3}, {}, 0),
    "table/lone_cr.csv": (
        f"{HEADER}\n{row(AT, sensor='lone_cr')}bad\n".replace("\n", "\r"), 2, 1, {"wrong_field_count": 1}, {}, 1,
    ),
    "lines/lone_cr.jsonl": ((_good("lone") * 2).replace("\n", "\r"), 1, 0, {"several_objects": 1}, {}, 0),
    "lines/new_column.jsonl": (line(AT, sensor="new_column", firmware="2.1"), 1, 1, {}, {}, 1),
    "table/new_column.csv": (f"{HEADER},fw\n{row(AT, sensor='new_csv').strip()},2.1\n", 1, 1, {}, {}, 1),
    "lines/metric.jsonl": (line(AT, sensor="metric", metric="colour"), 1, 1, {}, {"unknown_metric": 1}, 0),
    "lines/unit.jsonl": (line(AT, sensor="unit", unit="furlong"), 1, 1, {}, {"unknown_unit": 1}, 0),
    "lines/mismatch.jsonl": (line(AT, sensor="mismatch", unit="bar"), 1, 1, {}, {"unit_mismatch": 1}, 0),
    "lines/text.jsonl": (line(AT, "50", sensor="text"), 1, 0, {"wrong_type": 1}, {}, 0),
    "lines/nan.jsonl": (line(AT, float("nan"), sensor="nan"), 1, 0, {"not_finite": 1}, {}, 0),
    "lines/infinity.jsonl": (line(AT, float("inf"), sensor="infinity"), 1, 0, {"not_finite": 1}, {}, 0),
    "lines/huge.jsonl": (_good("huge").replace("50.0", "1e999"), 1, 0, {"not_finite": 1}, {}, 0),
    "lines/zone.jsonl": (line("2026-03-01T00:00:00", sensor="zone"), 1, 0, {"time_without_zone": 1}, {}, 0),
    "lines/1970.jsonl": (line("1970-01-01T00:00:01Z", sensor="1970"), 1, 1, {}, {"clock_suspect": 1}, 0),
    "lines/2099.jsonl": (line("2099-01-01T00:00:00Z", sensor="2099"), 1, 1, {}, {"clock_suspect": 1}, 0),
    "lines/long.jsonl": (_with_raw("long", b'{"a":"' + b"x" * 10_000_000 + b'"}'), 2, 1, {"line_too_long": 1}, {}, 1),
    "lines/latin1.jsonl": (_with_raw("latin1", b'{"a":"\xe4"}'), 2, 1, {"not_utf8": 1}, {}, 1),
    "lines/twice.jsonl": (_good("twice").replace("{", '{"value": 9, ', 1), 1, 0, {"duplicate_key": 1}, {}, 0),
    "lines/two.jsonl": (_good("two").strip() + _good("two"), 1, 0, {"several_objects": 1}, {}, 0),
    "lines/array.jsonl": (f"[{_good('array').strip()}]\n", 1, 0, {"not_an_object": 1}, {}, 0),
    "lines/.hidden.jsonl": (_good("hidden"), 1, 1, {}, {}, 1),
    "table/_hidden.csv": (f"{HEADER}\n{row(AT, sensor='underscore')}", 1, 1, {}, {}, 1),
    "lines/old.jsonl": (_good("old"), 1, 1, {}, {}, 1),
    "lines/range.jsonl": (line(AT, 250.0, sensor="range"), 1, 1, {}, {"value_out_of_range": 1}, 0),
    "lines/conflict.jsonl": (
        line(AT, 40.0, sensor="conflict") + line(AT, 60.0, sensor="conflict") + line(AT, 40.0, sensor="conflict"),
        3, 3, {}, {"conflicting_value": 2}, 1,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def bad(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> Plane:
    """All cases through ingest and silver, then again, so that the second run has nothing to do."""
    root = tmp_path_factory.mktemp("bad")
    plane = Plane(root, engine.remote, str(write_small_plant(root, **LARGEST)))
    for name, (content, *_) in CASES.items():
        plane.land(name, content, modified=OLD if "old" in name else None)
    plane.land("lines/half.jsonl.gz", _half("half"))
    plane.land("lines/renamed.jsonl", _good("old"))
    plane.land("elsewhere/stray.txt", "no mapping")
    plane.ingest()
    plane.silver()
    return plane


@pytest.mark.parametrize("name", CASES, ids=[name.partition("/")[2] for name in CASES])
def test_each_record_is_accounted_for_with_its_reason(bad: Plane, name: str) -> None:
    _, records, rows, reasons, faults, accepted = CASES[name]
    entry = bad.ledger()[name]

    rejected: Counter[str] = Counter()
    for found in bad.rows("bronze.rejected"):
        if found["_file_id"] == entry["_file_id"]:
            rejected[found["reason"]] += found["record_count"]
    quarantine = [q for q in bad.rows("silver.readings_quarantine") if q["_file_id"] == entry["_file_id"]]
    bronze = [b for b in bad.rows("bronze.readings") if b["_file_id"] == entry["_file_id"]]
    sensors = {b["sensor_id"] for b in bronze}
    silver = [s for s in bad.rows("silver.readings") if s["sensor_id"] in sensors]

    assert (entry["outcome"], entry["records"], entry["rows"], len(bronze)) == ("read", records, rows, rows)
    assert rejected == Counter(reasons)
    assert Counter(q["_faults"][0] for q in quarantine) == Counter(faults)
    assert len(silver) == accepted


def test_half_a_gzip_gives_its_whole_lines_and_one_rejected_record(bad: Plane) -> None:
    entry = bad.ledger()["lines/half.jsonl.gz"]

    silver = [row for row in bad.rows("silver.readings") if row["sensor_id"] == "half"]

    assert entry["rejected"] == 1
    assert entry["records"] == entry["rows"] + 1 == len(silver) + 1
    assert 1000 < len(silver) < 4000


def test_a_first_line_without_any_mapped_name_may_be_a_record_and_counts_as_one(bad: Plane) -> None:
    file_id = bad.ledger()["table/header.csv"]["_file_id"]

    kept = [found for found in bad.rows("bronze.rejected") if found["_file_id"] == file_id]

    assert sorted((found["_line"], found["text"], found["record_count"]) for found in kept) == [
        (1, "when,what", 1),
        (2, "1,2", 1),
        (3, "3,4", 1),
    ]
    assert all("is not in the header; it has when, what" in found["detail"] for found in kept)


def test_the_same_content_under_another_name_is_one_duplicate_file(bad: Plane) -> None:
    entry = bad.ledger()["lines/renamed.jsonl"]

    assert (entry["outcome"], entry["records"], entry["duplicate"], entry["rows"]) == ("duplicate_file", 1, 1, 0)


def test_a_new_column_is_kept_in_rescued(bad: Plane) -> None:
    found = {row["sensor_id"]: row["_rescued"] for row in bad.rows("bronze.readings") if row["_rescued"]}

    assert {sensor: json.loads(text) for sensor, text in found.items()} == {
        "new_column": {"firmware": "2.1"},
        "new_csv": {"fw": "2.1"},
    }


def test_the_largest_of_conflicting_values_stands(bad: Plane) -> None:
    standing = [row["value"] for row in bad.rows("silver.readings") if row["sensor_id"] == "conflict"]

    assert standing == [60.0]


def test_rejected_records_keep_text_and_bytes_that_every_reader_can_show(bad: Plane) -> None:
    (latin,) = [row for row in bad.rows("bronze.rejected") if row["reason"] == "not_utf8"]
    (long,) = [row for row in bad.rows("bronze.rejected") if row["reason"] == "line_too_long"]

    assert (latin["raw"], latin["_line"]) == (b'{"a":"\xe4"}', 2)
    assert latin["text"].encode()
    assert len(long["raw"]) <= 65_536


def test_a_file_no_mapping_matches_is_read_once_a_mapping_comes(
    bad: Plane, engine: EngineAddress, tmp_path: Path
) -> None:
    root = tmp_path
    plane = Plane(root, engine.remote, str(write_small_plant(root)))
    plane.land("elsewhere/late.jsonl", _good("late"))
    plane.ingest()
    before = plane.snapshot()
    plane.ingest()
    assert plane.snapshot() == before
    assert plane.ledger()["elsewhere/late.jsonl"]["outcome"] == "unmatched"

    mapping = (root / "small/mappings/lines.toml").read_text().replace('["lines/*"]', '["lines/*", "elsewhere/*"]')
    write_small_plant(root, lines=mapping)
    plane.ingest()

    assert plane.ledger()["elsewhere/late.jsonl"]["outcome"] == "read"
    assert [row["sensor_id"] for row in plane.rows("bronze.readings")] == ["late"]
    assert bad.ledger()["elsewhere/stray.txt"]["outcome"] == "unmatched"


def test_two_mappings_that_match_one_file_are_named_and_the_file_waits(engine: EngineAddress, tmp_path: Path) -> None:
    other = (write_small_plant(tmp_path) / "mappings/lines.toml").read_text()
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path, second=other)))
    plane.land("lines/1.jsonl", _good("S1"))

    report = plane.ingest()

    assert report.exit_code == 2
    assert report.data["reasons"][0].startswith("several mappings (lines, second) match the same files; ")
    assert plane.rows("bronze.files") == []


def test_a_mapping_that_names_a_missing_column_rejects_the_records_of_the_file(
    engine: EngineAddress, tmp_path: Path
) -> None:
    mapping = (write_small_plant(tmp_path) / "mappings/table.toml").read_text()
    plant = write_small_plant(tmp_path, table=mapping.replace('value = "value"', 'value = "reading"'))
    plane = Plane(tmp_path, engine.remote, str(plant))
    plane.land("table/1.csv", f"{HEADER}\n{row(AT)}{row('2026-03-01T00:10:00Z')}")

    plane.ingest()

    assert plane.rejected() == Counter(missing_column=2)
    assert "reading" in plane.rows("bronze.rejected")[0]["detail"]


def test_grown_files_give_each_record_once(engine: EngineAddress, tmp_path: Path) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    first, second = line(AT), line("2026-03-01T00:10:00Z")
    broken = f'{HEADER},note\n{row(AT, sensor="f").strip()},"a\nb"\n'
    after = f"{row('2026-03-01T00:10:00Z', sensor='f').strip()},c\n"
    states = {
        "lines/whole.jsonl": (first.replace("S1", "a"), second.replace("S1", "a")),
        "lines/no_break.jsonl": (first.replace("S1", "b").strip(), "\n" + second.replace("S1", "b")),
        "lines/half_line.jsonl": (first.replace("S1", "c")[:30], first.replace("S1", "c")[30:]),
        "table/whole.csv": (f"{HEADER}\n{row(AT, sensor='d')}", row("2026-03-01T00:10:00Z", sensor="d")),
        "table/half_line.csv": (f"{HEADER}\n{row(AT, sensor='e')[:25]}", row(AT, sensor="e")[25:]),
        "table/quoted.csv": (broken[:-3], broken[-3:] + after),
        "table/only_header.csv": (HEADER, "\n" + row(AT, sensor="g")),
        "lines/empty.jsonl": ("", first.replace("S1", "h")),
        "table/lone_cr_header.csv": (f"{HEADER}\r", row(AT, sensor="k").replace("\n", "\r")),
        "table/lone_cr.csv": (
            f"{HEADER}\r" + row(AT, sensor="l").replace("\n", "\r"),
            row("2026-03-01T00:10:00Z", sensor="l").replace("\n", "\r"),
        ),
    }  # fmt: skip
    for name, (head, _) in states.items():
        plane.land(name, head)
    plane.land("lines/packed.jsonl.gz", gzip.compress(first.replace("S1", "i").encode()))
    plane.ingest()
    for name, (head, tail) in states.items():
        plane.land(name, head + tail)
    packed = gzip.compress(first.replace("S1", "i").encode()) + gzip.compress(second.replace("S1", "i").encode())
    plane.land("lines/packed.jsonl.gz", packed)
    plane.land("lines/zz_copy.jsonl", first.replace("S1", "a") + second.replace("S1", "a"))
    plane.ingest()
    plane.silver()

    silver = Counter(found["sensor_id"] for found in plane.rows("silver.readings"))
    ledger = plane.ledger()

    assert silver == Counter(a=2, b=2, c=1, d=2, e=1, f=2, g=1, h=1, i=2, k=1, l=2)
    assert ledger["lines/whole.jsonl"]["first_byte"] == len(first) - 1
    assert ledger["lines/whole.jsonl"]["records"] == 1
    assert ledger["lines/packed.jsonl.gz"]["outcome"] == "file_changed"
    assert ledger["table/lone_cr.csv"]["outcome"] == "file_changed"
    assert (ledger["table/lone_cr_header.csv"]["outcome"], ledger["table/lone_cr_header.csv"]["records"]) == ("read", 1)
    assert ledger["lines/zz_copy.jsonl"]["duplicate"] == 2
    assert sum(entry["records"] for entry in plane.rows("bronze.files")) == sum(
        entry["rows"] + entry["rejected"] + entry["blank"] + entry["duplicate"] for entry in plane.rows("bronze.files")
    )


def test_a_file_whose_read_part_changed_is_read_again_whole(engine: EngineAddress, tmp_path: Path) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    plane.land("lines/1.jsonl", line(AT, 50.0))
    plane.ingest()
    plane.land("lines/1.jsonl", line(AT, 60.0) + line("2026-03-01T00:10:00Z"))
    plane.run()

    assert plane.ledger()["lines/1.jsonl"]["outcome"] == "file_changed"
    assert sorted(found["value"] for found in plane.rows("silver.readings")) == [50.0, 60.0]
    assert plane.quarantined() == Counter(superseded=1)
    (old,) = plane.rows("silver.readings_quarantine")
    assert (old["value"], old["current_value"]) == (50.0, 60.0)


def test_conflicts_across_batches_end_alike_in_both_orders(engine: EngineAddress, tmp_path: Path) -> None:
    """The loser comes twice, in one batch and with the winner between: every record of it is set aside."""
    orders = {"rising": (40.0, 60.0, 40.0), "falling": (60.0, 40.0, 40.0), "last": (40.0, 40.0, 60.0)}
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path, **LARGEST)))
    _in_batches(plane, orders)

    standing = {found["sensor_id"]: found["value"] for found in plane.rows("silver.readings")}
    aside = Counter((found["sensor_id"], found["value"]) for found in plane.rows("silver.readings_quarantine"))

    assert standing == dict.fromkeys(orders, 60.0)
    assert aside == Counter({(sensor, 40.0): 4 for sensor in orders})


def _in_batches(plane: Plane, orders: Mapping[str, tuple[float, ...]]) -> None:
    """Each value of a sensor twice, in a batch and by a path of its own."""
    for batch in range(3):
        text = "".join(line(AT, values[batch], sensor=sensor) * 2 for sensor, values in orders.items())
        plane.land(f"lines/{batch}.jsonl", text + "\n" * batch)
        plane.ingest()
        plane.silver()


def test_a_conflict_of_sources_leaves_nothing_until_the_mapping_says_what(
    engine: EngineAddress, tmp_path: Path
) -> None:
    """Both values are set aside, in any order; a changed rule resolves what is there once, counted, and back."""
    orders = {"rising": (40.0, 60.0, 40.0), "falling": (60.0, 40.0, 40.0), "last": (40.0, 40.0, 60.0)}
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    _in_batches(plane, orders)
    open_, account = plane.digests(("silver",)), _sums(plane)
    assert plane.rows("silver.readings") == []
    assert plane.quarantined() == Counter(conflicting_value=18)
    assert account == (18, 0, 0, 18)

    write_small_plant(tmp_path, **LARGEST)
    report = plane.silver()

    assert {found["value"] for found in plane.rows("silver.readings")} == {60.0}
    assert plane.quarantined() == Counter(conflicting_value=12)
    assert _sums(plane) == (18, 3, 3, 12)
    assert report.data["again"]["readings"] == {
        "accepted": 3, "duplicate": 3, "quarantined": {"conflicting_value": -6},
    }  # fmt: skip
    assert not plane.silver().changed

    write_small_plant(tmp_path)
    plane.silver()

    assert (plane.digests(("silver",)), _sums(plane)) == (open_, account)


def _sums(plane: Plane) -> tuple[int, ...]:
    rows = data_quality_rows(plane.plant)
    return tuple(sum(row[name] for row in rows) for name in ("records", "accepted", "duplicate", "quarantined"))


def test_master_data_after_the_readings_judge_them_anew(engine: EngineAddress, tmp_path: Path) -> None:
    """A model that may be hotter: quarantined readings come back, and warnings go, also where a conflict was lost."""
    hot = [line(AT, 250.0), line(AT, 150.0), line("2026-03-01T00:10:00Z", 150.0)]
    model = json.dumps({"since": "2026-01-01T00:00:00Z", "machine": "M1", "model": "HOT"}) + "\n"
    late, early = (
        Plane(tmp_path / name, engine.remote, str(write_small_plant(tmp_path, **LARGEST))) for name in ("late", "early")
    )
    for plane, order in ((late, ("readings", "model")), (early, ("model", "readings"))):
        for what in order:
            if what == "model":
                plane.land("machines/1.jsonl", model)
            else:
                plane.land("lines/1.jsonl", "".join(hot))
            plane.run()

    found = {(str(r["measured_at"]), r["value"], r["is_warning"]) for r in late.rows("silver.readings")}

    assert late.digests() == early.digests()
    assert sorted((value, warning) for _, value, warning in found) == [(150.0, False), (250.0, True)]
    assert late.quarantined() == Counter(conflicting_value=1)
    assert [_account(plane) for plane in (late, early)] == [(3, 2, 0, 1, 1 / 3)] * 2
    before = late.snapshot()
    late.run(AS_OF)
    assert late.snapshot() == before


def _account(plane: Plane) -> tuple[Any, ...]:
    """The one row of readings in `gold.data_quality`."""
    (row,) = [row for row in data_quality_rows(plane.plant) if row["feed"] == "readings"]
    return tuple(row[name] for name in ("records", "accepted", "duplicate", "quarantined", "fault_share_frac"))
