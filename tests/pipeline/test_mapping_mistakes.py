"""A mapping that is wrong is refused alone: it is named at once, its files wait, and all others are read."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs import cli
from jobs.commands import pipeline
from jobs.ingest.job import ingest_new
from jobs.ingest.new_files import Admission
from jobs.ingest.staging import Staging
from jobs.runtime.report import RunReport
from jobs.silver.job import refine_new
from lakehouse.engine.server import EngineAddress
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import HEADER, line, row, write_small_plant

AT = "2026-03-01T00:00:00Z"
WIDE = """
feed = "readings"
files = ["wide/*"]
format = "csv"
shape = "wide_by_metric"
[time]
column = "at"
kind = "zoned"
[columns]
machine_id = "machine"
[constants]
factory_id = "F1"
[templates]
sensor_id = "{machine_id}/{metric}"
[metrics]
temp = { metric = "temperature", unit = "C" }
"""
LONG = 'feed = "readings"\nfiles = ["wide/*"]\n[time]\ncolumn = "at"\nkind = "zoned"\n[columns]\nsensor_id = "s"\n'
LONG += 'machine_id = "m"\nvalue = "v"\n'
CONSTANT = '[constants]\nfactory_id = "F1"\nmetric = "{metric}"\nunit = "{unit}"\n'
NAMED = LONG + 'metric = "k"\n[constants]\nfactory_id = "F1"\nunit = "C"\n'
METRICS, TEMPERATURES = "legal: pressure, temperature", "legal: C, F, K"
MISTAKES = {
    "metric of a cell": (WIDE.replace('"temperature"', '"temprature"'),
                         f"[metrics] temp: metric: unknown metric 'temprature'; {METRICS}"),
    "unit of a cell": (WIDE.replace('"C"', '"bar"'), f"[metrics] temp: unit: temperature in 'bar'; {TEMPERATURES}"),
    "unit that nobody knows": (WIDE.replace('"C"', '"grad"'), "unknown unit 'grad'; legal: "),
    "metric of a name": (NAMED + '[names]\nt = "temprature"\n', f"[names] t: unknown metric 'temprature'; {METRICS}"),
    "metric of a unit": (NAMED.replace('unit = "C"\n', "") + '[units]\nheat = "C"\n',
                         f"[units]: unknown metric 'heat'; {METRICS}"),
    "constant metric": (LONG + CONSTANT.format(metric="heat", unit="C"),
                        f"[constants] metric: unknown metric 'heat'; {METRICS}"),
    "constant unit": (LONG + CONSTANT.format(metric="temperature", unit="bar"),
                      f"[constants] unit: temperature in 'bar'; {TEMPERATURES}"),
    "constant unit that nobody knows": (NAMED.replace('unit = "C"', 'unit = "grad"'),
                                        "[constants] unit: unknown unit 'grad'; legal: "),
    "key that nobody knows": (WIDE.replace("format =", "fromat ="), "unknown key"),
    "feed that nobody knows": (WIDE.replace('"readings"', '"reading"'), "unknown feed 'reading'; legal: "),
    "not TOML": (WIDE + "[[[", "mapping wide.toml: not TOML: "),
}  # fmt: skip


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    """One file of each of three mappings, in a plant without an engine: such small batches need none."""
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path, wide=WIDE)))
    plane.land("lines/1.jsonl", line(AT))
    plane.land("table/1.csv", f"{HEADER}\n{row(AT, sensor='S2')}")
    plane.land("wide/1.csv", f"at,machine,temp\n{AT},M3,50\n")
    return plane


def _read(plane: Plane) -> dict[str, str]:
    return {path: entry["outcome"] for path, entry in plane.ledger().items()}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_mapping_is_named_its_files_wait_and_the_others_are_read(plane: Plane, mistake: str) -> None:
    text, words = MISTAKES[mistake]
    write_small_plant(plane.root, wide=text)

    report = plane.ingest()

    assert report.exit_code == 2
    assert _read(plane) == {"lines/1.jsonl": "read", "table/1.csv": "read"}
    (reason,) = report.data["reasons"]
    (refused,) = report.data["waiting"]["refused_mappings"]
    assert reason.startswith("mapping wide")
    assert words in reason
    assert f"fix {Path(plane.plant_name) / 'mappings' / 'wide.toml'} or the profile, then run again" in reason
    assert "1 file (wide/1.csv)" in reason
    assert f"ingest: {reason}" in report.lines
    assert (refused["mapping"], refused["files"], refused["paths"]) == ("wide", 1, ["wide/1.csv"])

    write_small_plant(plane.root, wide=WIDE)
    fixed = plane.ingest()
    assert (fixed.exit_code, fixed.data["files"], "reasons" in fixed.data) == (0, {"read": 1}, False)


@pytest.mark.parametrize("mistake", ["metric of a cell", "not TOML"])
def test_silver_goes_on_with_what_was_read(plane: Plane, mistake: str) -> None:
    write_small_plant(plane.root, wide=MISTAKES[mistake][0])
    plane.ingest()

    silver = plane.silver()

    assert (silver.exit_code, silver.changed, plane.table("silver.readings").num_rows) == (0, True, 2)
    write_small_plant(plane.root, wide=WIDE)
    plane.ingest()
    plane.silver()
    assert plane.table("silver.readings").num_rows == 3


def test_it_is_said_at_every_run_until_it_is_fixed(plane: Plane) -> None:
    write_small_plant(plane.root, wide=MISTAKES["metric of a cell"][0])
    first = plane.ingest()
    files = plane.snapshot()

    again = plane.ingest()

    assert (again.exit_code, again.changed, again.data["reasons"]) == (2, False, first.data["reasons"])
    assert plane.snapshot() == files


def test_every_mapping_that_is_wrong_is_named_though_nothing_waits_for_it(plane: Plane) -> None:
    wrong = WIDE.replace('"temperature"', '"temprature"')
    write_small_plant(plane.root, wide=wrong, more=wrong.replace("wide/*", "more/*"))

    reasons = plane.ingest().data["reasons"]

    assert [reason.split(":")[0] for reason in reasons] == ["mapping more", "mapping wide"]
    assert reasons[0].endswith("its files wait: none so far")


def test_a_mapping_that_does_not_say_its_files_lets_what_nobody_claims_wait(plane: Plane) -> None:
    plane.land("stray.txt", "nobody's")
    plane.ingest()
    plane.land("stray2.txt", "nobody's either")
    write_small_plant(plane.root, wide=WIDE + "[[[")

    report = plane.ingest()

    assert _read(plane)["stray.txt"] == "unmatched"
    assert "stray2.txt" not in _read(plane)
    assert "files that no other mapping matches wait: 1 file (stray2.txt)" in report.data["reasons"][0]


@pytest.mark.parametrize("kind", ["not UTF-8", "not readable", "a link to nothing"])
def test_a_mapping_file_that_cannot_be_read_is_refused_alone(plane: Plane, kind: str) -> None:
    path = Path(plane.plant_name) / "mappings" / "wide.toml"
    path.unlink()
    if kind == "not UTF-8":
        path.write_bytes('feed = "ä"'.encode("latin-1"))
    elif kind == "not readable":
        path.mkdir()
    else:
        path.symlink_to(path.with_name("nothing"))

    report = plane.ingest()

    assert (report.exit_code, len(report.data["reasons"])) == (2, 1)
    assert "mapping wide" in report.data["reasons"][0]
    assert set(_read(plane)) == {"lines/1.jsonl", "table/1.csv"}


def test_a_file_that_two_mappings_match_waits_and_the_others_of_both_are_read(plane: Plane) -> None:
    plane.land("lines/2.jsonl", line(AT, sensor="S9"))
    text = (Path(plane.plant_name) / "mappings" / "lines.toml").read_text()
    write_small_plant(plane.root, wide=WIDE, second=text.replace("lines/*", "lines/2*"))

    report = plane.ingest()

    assert report.exit_code == 2
    assert set(_read(plane)) == {"lines/1.jsonl", "table/1.csv", "wide/1.csv"}
    assert report.data["reasons"] == [
        "several mappings (lines, second) match the same files; narrow their globs to one, or let each name "
        "the others in read_with, then run again; until then these wait: 1 file (lines/2.jsonl)"
    ]
    assert report.data["waiting"]["contested"] == [
        {"mappings": ("lines", "second"), "files": 1, "paths": ["lines/2.jsonl"]}
    ]

    (Path(plane.plant_name) / "mappings" / "second.toml").unlink()
    assert plane.ingest().data["files"] == {"read": 1}


def test_files_of_a_batch_that_was_begun_before_the_mistake_wait_too(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(Exception):
        """What a kill would do: the intent is written, nothing is parsed."""

    def killed(*_args: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Staging, "write", killed)
        with pytest.raises(KilledError):
            plane.ingest()
    write_small_plant(plane.root, wide=WIDE + "[[[")

    report = plane.ingest()

    assert report.exit_code == 2
    assert _read(plane) == {"lines/1.jsonl": "read", "table/1.csv": "read", "wide/1.csv": "vanished"}
    write_small_plant(plane.root, wide=WIDE)
    assert plane.ingest().data["files"] == {"read": 1}


def test_the_command_ends_with_2_and_one_json_line(plane: Plane, capsys: pytest.CaptureFixture[str]) -> None:
    write_small_plant(plane.root, wide=MISTAKES["metric of a cell"][0])
    places = {"lake": plane.lake, "landing": plane.landing, "plant": plane.plant_name, "state": plane.root / "state"}

    code = cli.main(["ingest", "--json", *(f"--{name}={value}" for name, value in places.items())])

    said = json.loads(capsys.readouterr().out)
    assert (code, said["files"]) == (2, {"read": 2})
    assert "unknown metric 'temprature'" in said["reasons"][0]


def _batch(report: RunReport) -> dict[str, object]:
    found: dict[str, object] = report.data["batches"][0]
    return found


def test_unknown_metrics_and_units_of_a_batch_are_counted_by_name(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)))
    strange = [{"metric": "heat"}, {"metric": "heat"}, {"metric": "humidity"}, {"unit": "grad"}, {"unit": "bar"}]
    plane.land("lines/1.jsonl", "".join(line(AT, sensor=f"S{n}", **one) for n, one in enumerate(strange)) + line(AT))
    ingest_new(plane.settings, Admission(AS_OF, now=lambda: datetime(2026, 5, 1, tzinfo=UTC)))

    report = refine_new(plane.settings)

    unknown = {
        "unit_mismatch": {"temperature in bar": 1},
        "unknown_metric": {"heat": 2, "humidity": 1},
        "unknown_unit": {"grad": 1},
    }
    assert _batch(report)["unknown"] == unknown
    assert "  unknown_metric: 'heat' 2, 'humidity' 1" in report.lines
    commits = plane.plant.lake.commits(plane.plant.tables["silver.readings"])
    (commit,) = [one for one in commits if one.metadata.batch is not None]
    assert commit.metadata.unknown == unknown


@pytest.mark.spark
def test_the_pipeline_goes_on_with_what_was_read_and_ends_with_2(plane: Plane, engine: EngineAddress) -> None:
    write_small_plant(plane.root, wide=MISTAKES["metric of a cell"][0])
    plane.engine = engine.remote
    args = cli.command_parser("pipeline", cli.load_job("pipeline")).parse_args(["--until", "gold"])

    report = pipeline.run(args, plane.settings)

    assert report.exit_code == 2
    assert "unknown metric 'temprature'" in report.data["reasons"][0]
    assert plane.table("silver.readings").num_rows == 2
    assert plane.table("gold.machine_daily").num_rows == 1
