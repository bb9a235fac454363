"""Several mappings read one file where each names the others in `read_with`: each its own records, exactly once."""

import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from jobs.ingest import job
from jobs.ingest.job import ingest_again
from jobs.ingest.new_files import Admission
from jobs.ingest.staging import Staging
from jobs.plant.checking import check_landing
from jobs.status.landed import landed
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import write_small_plant

AT = "2026-03-01T{:02}:00:00Z"
_READ_BY = '{read_with}feed = "{feed}"\nfiles = ["both/*"]\nformat = "csv"\nignored = [{ignored}]\n'
_TIME = '[time]\ncolumn = "at"\nkind = "zoned"\n[constants]\nfactory_id = "F1"\n'
PATH = "both/1.csv"
HEAD = "at,machine,temp,code\n"


class KilledError(Exception):
    """What a kill would do there."""


def values(read_with: str = 'read_with = ["codes"]\n', unit: str = "C") -> str:
    text = _READ_BY.format(read_with=read_with, feed="readings", ignored='"code"') + 'shape = "wide_by_metric"\n'
    text += f'{_TIME}[columns]\nmachine_id = "machine"\n[templates]\nsensor_id = "{{machine_id}}"\n'
    return f'{text}[metrics]\ntemp = {{ metric = "temperature", unit = "{unit}" }}\n'


def codes(read_with: str = 'read_with = ["values"]\n') -> str:
    text = _READ_BY.format(read_with=read_with, feed="failures", ignored='"temp"')
    return f'{text}{_TIME}[columns]\nmachine_id = "machine"\ncode = "code"\n'


def rows(first: int, last: int, machine: str = "M1") -> str:
    return "".join(f"{AT.format(hour)},{machine},{50 + hour},E{hour}\n" for hour in range(first, last + 1))


def plane_at(root: Path, **mappings: str) -> Plane:
    return Plane(root, "none", str(write_small_plant(root, **({"values": values(), "codes": codes()} | mappings))))


def outcomes(plane: Plane) -> list[tuple[int, str, str, str, int | None]]:
    names = ("_batch_id", "path", "mapping", "outcome", "records")
    return sorted(tuple(row[name] for name in names) for row in plane.rows("bronze.files"))


def stored(plane: Plane) -> tuple[int, int]:
    """Readings and events of bronze; a record that came twice counts twice."""
    return plane.table("bronze.readings").num_rows, plane.table("bronze.failures").num_rows


def test_each_mapping_reads_the_file_once_and_the_counts_add_up(tmp_path: Path) -> None:
    plane = plane_at(tmp_path)
    plane.land(PATH, HEAD + rows(1, 3) + f"{AT.format(4)},M1,hot,E4\n")

    report = plane.ingest()
    plane.silver()

    assert report.exit_code == 0
    assert outcomes(plane) == [(1, PATH, "codes", "read", 4), (1, PATH, "values", "read", 4)]
    assert stored(plane) == (3, 4)
    assert plane.rejected() == Counter(wrong_type=1)
    assert (plane.table("silver.readings").num_rows, plane.table("silver.machine_events").num_rows) == (3, 4)
    before = plane.snapshot()
    assert not any(found.changed for found in (plane.ingest(), plane.silver()))
    assert plane.snapshot() == before


def test_a_file_that_grew_goes_on_for_each_mapping_and_its_copy_repeats_the_whole_of_both(tmp_path: Path) -> None:
    plane = plane_at(tmp_path)
    plane.land(PATH, HEAD + rows(1, 2))
    plane.ingest()
    plane.land(PATH, HEAD + rows(1, 5))
    plane.ingest()
    plane.land("both/copy.csv", HEAD + rows(1, 5))
    plane.ingest()

    assert outcomes(plane)[2:] == [
        (2, PATH, "codes", "read", 3), (2, PATH, "values", "read", 3),
        (3, "both/copy.csv", "codes", "duplicate_file", 5), (3, "both/copy.csv", "values", "duplicate_file", 5),
    ]  # fmt: skip
    assert stored(plane) == (5, 5)


@pytest.mark.parametrize(
    ("owner", "name", "calls"), [(Staging, "write", 0), (job, "append_files", 1), (job, "put_rows", 1)]
)
def test_a_killed_run_is_ended_by_the_next_without_a_record_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, calls: int
) -> None:
    """Killed before the file is read, between its two tables, and before the batch is closed."""
    plane, done = plane_at(tmp_path), list[Any]()
    plane.land(PATH, HEAD + rows(1, 3))
    whole = getattr(owner, name)

    def killed(*args: Any) -> None:
        if len(done) == calls:
            raise KilledError
        done.append(whole(*args))

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, killed)
        with pytest.raises(KilledError):
            plane.ingest()
    plane.ingest()

    assert outcomes(plane) == [(1, PATH, "codes", "read", 3), (1, PATH, "values", "read", 3)]
    assert stored(plane) == (3, 3)


def test_what_one_mapping_no_longer_reads_so_waits_for_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_args: object) -> None:
        raise KilledError

    plane = plane_at(tmp_path)
    plane.land(PATH, HEAD + rows(1, 3))
    with monkeypatch.context() as patched:
        patched.setattr(Staging, "write", killed)
        with pytest.raises(KilledError):
            plane.ingest()
    plane_at(tmp_path, values=values(unit="F"))

    plane.ingest()

    assert outcomes(plane) == [
        (1, PATH, "codes", "read", 3), (1, PATH, "values", "vanished", 0), (2, PATH, "values", "read", 3),
    ]  # fmt: skip
    assert stored(plane) == (3, 3)
    assert not plane.ingest().changed


def test_a_mapping_that_joins_later_reads_what_the_other_has_read(tmp_path: Path) -> None:
    plane = plane_at(tmp_path, values=values(""), codes=codes("").replace("both/*", "nothing/*"))
    plane.land(PATH, HEAD + rows(1, 3))
    plane.ingest()
    assert stored(plane)[0] == 3

    plane_at(tmp_path)
    assert landed(plane.settings, plane.plant.profile, plane.plant.lake).waiting == (PATH,)
    plane.ingest()

    assert outcomes(plane) == [(1, PATH, "values", "read", 3), (2, PATH, "codes", "read", 3)]
    assert stored(plane) == (3, 3)
    assert landed(plane.settings, plane.plant.profile, plane.plant.lake).waiting == ()
    assert not plane.ingest().changed


@pytest.mark.parametrize("what", ["values", PATH])
def test_reading_again_replaces_what_the_corrected_mapping_read_and_nothing_of_the_other(
    tmp_path: Path, what: str
) -> None:
    plane = plane_at(tmp_path)
    plane.land(PATH, HEAD + rows(1, 3))
    plane.ingest()
    first = {row["mapping"]: row["_file_id"] for row in plane.rows("bronze.files")}
    plane_at(tmp_path, values=values(unit="F"))

    report = ingest_again(plane.settings, Admission(AS_OF), what)

    assert (report.exit_code, report.data["replaced"]) == (0, {"records": 3, "rejected": 0})
    (again,) = (row for row in plane.rows("bronze.files") if row["_batch_id"] == 2)
    assert (again["mapping"], again["replaces"], again["records"]) == ("values", [first["values"]], 3)
    assert stored(plane)[1] == 3
    assert not ingest_again(plane.settings, Admission(AS_OF), what).changed


@pytest.mark.parametrize("silent", ["values", "codes"])
def test_a_file_waits_where_one_mapping_does_not_name_the_other(tmp_path: Path, silent: str) -> None:
    plane = plane_at(tmp_path, **{silent: {"values": values, "codes": codes}[silent]("")})
    plane.land(PATH, HEAD + rows(1, 3))

    report, check = plane.ingest(), check_landing(plane.settings)

    assert (report.exit_code, report.changed) == (2, False)
    assert report.data["reasons"] == [
        "several mappings (codes, values) match the same files; narrow their globs to one, or let each name the others "
        f"in read_with, then run again; until then these wait: 1 file ({PATH})"
    ]
    assert (check.data["several"], check.data["together"]) == ({PATH: ("codes", "values")}, {})
    assert (
        f"SEVERAL {PATH}: codes, values; narrow `files` of all but one, or let each name the others in `read_with`"
        in (check.lines)
    )


def test_the_check_counts_the_file_for_each_mapping(tmp_path: Path) -> None:
    plane = plane_at(tmp_path)
    plane.land(PATH, HEAD + rows(1, 3))
    plane.land("table/1.csv", "at,sensor,machine,metric,value,unit\n")

    check = check_landing(plane.settings)

    assert check.exit_code == 0
    assert {name: count for name, count in check.data["matched"].items() if count} == {
        "codes": 1, "values": 1, "table": 1,
    }  # fmt: skip
    assert check.data["together"] == {PATH: ("codes", "values")}
    assert check.lines[-1].startswith("1 files have one mapping, 1 have several that read together, 0 have none")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (values('read_with = ["code"]\n'), "read_with: unknown mapping 'code'"),
        (values('read_with = ["values", "codes"]\n'), "read_with: 'values' is the mapping itself"),
        (values('read_with = ["codes"]\nappended = true\n'), "read_with: codes has another appended or settled_after"),
    ],
)
def test_a_declaration_that_is_not_so_refuses_its_mapping(tmp_path: Path, text: str, words: str) -> None:
    plane = plane_at(tmp_path, values=text)
    plane.land(PATH, HEAD + rows(1, 3))

    report = plane.ingest()

    assert (report.exit_code, report.changed) == (2, False)
    assert any(words in reason for reason in report.data["reasons"])


def test_two_mappings_of_readings_that_disagree_are_two_sources(tmp_path: Path) -> None:
    """Neither is a later version of the other: both values go to quarantine."""
    plane = plane_at(tmp_path, codes=values('read_with = ["values"]\n').replace(
        'unit = "C" }', 'unit = "C", offset = 1 }'))  # fmt: skip
    plane.land(PATH, HEAD + rows(1, 2))

    plane.ingest()
    report = plane.silver()

    assert plane.table("bronze.readings").num_rows == 4
    assert plane.table("silver.readings").num_rows == 0
    assert sum(plane.quarantined().values()) == 4
    assert set(plane.quarantined()) == {"conflicting_value"}
    assert not any("lacks" in line for line in report.lines)


def test_a_member_of_an_archive_is_read_by_both_also_where_one_joins_later(tmp_path: Path) -> None:
    def inside(text: str) -> str:
        return text.replace("both/*", "both/*.zip/*")

    plane = plane_at(tmp_path, values=inside(values("")), codes=codes("").replace("both/*", "nothing/*"))
    plane.landing.joinpath("both").mkdir(parents=True)
    with zipfile.ZipFile(plane.landing / "both" / "1.zip", "w") as archive:
        archive.writestr("1.csv", HEAD + rows(1, 3))
    plane.ingest()
    plane_at(tmp_path, values=inside(values()), codes=inside(codes()))

    plane.ingest()

    assert stored(plane) == (3, 3)
    assert not plane.ingest().changed
