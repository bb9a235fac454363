"""`assay status` and the conditions of the alerts, on real lakes and state folders, each with one thing wrong."""

import argparse
import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.alerts.acknowledging import acknowledge
from jobs.alerts.condition import Condition, Severity
from jobs.alerts.job_runs import job_conditions
from jobs.alerts.observing import observe
from jobs.alerts.runs import Outcome as DagOutcome
from jobs.alerts.runs import Report, report_run
from jobs.commands import status as status_command
from jobs.runs.journal import Entry, Outcome, record, write
from jobs.runtime.report import RunReport, json_line
from jobs.runtime.settings import Settings
from jobs.status.collect import collect
from jobs.status.conditions import conditions
from jobs.status.item import Item
from jobs.status.messages.everything import items
from lakehouse.commits import commit_files
from lakehouse.engine.process import started_at
from lakehouse.errors import UsageError
from lakehouse.storage.places import storage_at
from tests.jobs.status.lakes import EARLIER, NOW, batch, healthy, put, quarantined, settings_below
from tests.support.small_plant import write_small_plant

REPO = Path(__file__).parents[3]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_below(tmp_path)


@pytest.fixture(scope="module")
def healthy_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lake in which nothing is wrong. Read only."""
    settings = settings_below(tmp_path_factory.mktemp("healthy"))
    healthy(settings)
    record(settings.state, "ingest", Outcome.DONE, NOW)
    return settings.lake.parent


@pytest.fixture
def whole(healthy_lake: Path, tmp_path: Path) -> Settings:
    """A copy of it, to break."""
    shutil.copytree(healthy_lake, tmp_path, dirs_exist_ok=True)
    return settings_below(tmp_path)


def status(settings: Settings, html: Path | None = None) -> RunReport:
    return status_command.run(argparse.Namespace(as_of=NOW, html=html), settings)


def found(settings: Settings) -> dict[str, Condition]:
    """What is wrong: of `conditions`, and of the alerts' own look at jobs."""
    looked = (*conditions(settings, NOW), *job_conditions(settings, NOW))
    return {condition.key: condition for condition in looked}


def items_of(settings: Settings) -> dict[str, Item]:
    """What is said of it on the screen."""
    return {item.key: item for item in items(collect(settings, NOW)) if item.key}


def test_where_nothing_is_wrong_nobody_is_needed(whole: Settings) -> None:
    report = status(whole)

    assert report.exit_code == 0, report.lines
    assert report.lines[0].endswith("nothing needs a person")
    assert conditions(whole, NOW) == ()
    assert {item["section"] for item in report.data["items"]} == {
        "runs", "files", "set aside", "alerts", "engine", "disk", "lake",
    }  # fmt: skip


def test_no_lake_is_a_state_like_others_and_nothing_is_made(settings: Settings) -> None:
    report = status(settings)

    assert report.exit_code == 3
    assert "is not there yet: nothing has been ingested; no file is in the landing folder" in "\n".join(report.lines)
    assert not settings.lake.exists()
    assert not settings.state.exists()


def test_before_the_first_run_nobody_is_alerted(settings: Settings) -> None:
    unmatched(settings)
    broken_mapping(settings)

    assert status(settings).exit_code == 3
    assert found(settings) == {}


def failed(settings: Settings) -> None:
    record(settings.state, "gold", Outcome.DONE, EARLIER)
    record(settings.state, "gold", Outcome.FAILED, NOW, "the disk is full")


def refused(settings: Settings) -> None:
    record(settings.state, "silver", Outcome.REFUSED, NOW, "silver.readings, batch 7: value_not_finite: 3 rows")


def no_engine(settings: Settings) -> None:
    write(settings.state, Entry("silver", Outcome.FAILED, NOW, "Java is not there", "EngineMissingError"))


def killed(settings: Settings) -> None:
    write(settings.state, Entry("gold", Outcome.STARTED, NOW, pid=os.getpid(), began="1"))


def late(settings: Settings) -> None:
    report_run(settings.state, Report("dag", "ingest_hourly", "one", DagOutcome.SUCCESS), NOW - timedelta(hours=3))


def unmatched(settings: Settings) -> None:
    (settings.landing / "strange.txt").write_text("?")


def waiting(settings: Settings) -> None:
    file = settings.landing / "lines" / "late"
    file.write_text("{}")
    os.utime(file, (EARLIER.timestamp(), EARLIER.timestamp()))


def broken_mapping(settings: Settings) -> None:
    (Path(settings.plant) / "mappings" / "table.toml").write_text("feed = ")


def strange_mapping(settings: Settings) -> None:
    path = Path(settings.plant) / "mappings" / "table.toml"
    path.write_text(path.read_text() + '[names]\nspeed = "speed"\n')
    (settings.landing / "table").mkdir()
    (settings.landing / "table" / "one.csv").write_text("at,sensor\n")


def unknown_metric(settings: Settings) -> None:
    batch(settings, 2, "lines/two", records=1000, rows=1000)
    put(settings, "silver.readings_quarantine", quarantined("unknown_metric", number=2, metric="speed"))


def unknown_unit(settings: Settings) -> None:
    batch(settings, 2, "lines/two", records=1000, rows=1000)
    put(settings, "silver.readings_quarantine", quarantined("unknown_unit", number=2, unit="Fahr"))


def faulty(settings: Settings) -> None:
    batch(settings, 2, "lines/two", records=100, rows=99, rejected=1)
    put(settings, "silver.readings_quarantine", quarantined("value_out_of_range", number=2))
    put(settings, "bronze.rejected", {"_batch_id": 2, "reason": "bad_json", "record_count": 1, "feed": "readings"})


def missing_values(settings: Settings) -> None:
    batch(settings, 2, "lines/two", records=100, rows=98, blank=2)


def critical_conflict(settings: Settings) -> None:
    batch(settings, 2, "lines/two", records=1000, rows=1000)
    key = {"factory_id": "F1", "machine_id": "M1", "sensor_id": "S1", "measured_at": NOW - timedelta(hours=1)}
    rows = [
        quarantined("conflicting_value", number=number) | key | {"value": value}
        for number, value in ((1, 403.4), (2, 20.5))
    ]
    rows[0]["unit"] = "K"
    harmless = [
        quarantined("conflicting_value", number=2) | key | {"sensor_id": "S2", "value": value} for value in (20.5, 21.5)
    ]
    settled = (
        quarantined("conflicting_value", number=2) | key | {"sensor_id": "S3", "value": 130.0, "current_value": 20.5}
    )
    put(settings, "silver.readings_quarantine", *rows, *harmless, settled)


def damaged_log(settings: Settings) -> None:
    table = settings.lake / "gold" / "predictions"
    log = commit_files(storage_at(table))
    (table / log[max(log)]).write_text('{"commitInfo"')


def lost_file(settings: Settings) -> None:
    for file in (settings.lake / "silver" / "buckets").rglob("*.parquet"):
        file.unlink()


def damaged_ledger(settings: Settings) -> None:
    table = settings.lake / "bronze" / "files"
    (table / commit_files(storage_at(table))[0]).write_text("no JSON")


def damaged_engine(settings: Settings) -> None:
    settings.state.mkdir(exist_ok=True)
    (settings.state / "engine.json").write_text("{")


def strange_profile(settings: Settings) -> None:
    (Path(settings.plant) / "profile.toml").write_text("[plant")


def no_landing(settings: Settings) -> None:
    settings.landing.rename(settings.landing.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("breaks", "key", "severity", "said", "step"),
    [
        (failed, "job_failed/gold", Severity.CRITICAL, "the disk is full; last good end 3 d ago", "assay gold"),
        (refused, "gate_refused/silver", Severity.CRITICAL, "value_not_finite: 3 rows", "then run `assay silver`"),
        (no_engine, "engine_failed/silver", Severity.CRITICAL, "Java is not there", "run `assay doctor`"),
        (killed, "job_killed/gold", Severity.WARNING, "was killed", "run `assay gold` again: it goes on"),
        (late, "run_late/ingest_hourly", Severity.WARNING, "3 h ago, 2 h are allowed", "scheduler runs"),
        (unmatched, "files_unmatched/landing", Severity.WARNING, "1 files match no mapping: strange.txt", "add a glob"),
        (waiting, "files_waiting/landing", Severity.WARNING, "the oldest changed 3 d ago", "run `assay ingest`"),
        (broken_mapping, "mapping_refused/table", Severity.CRITICAL, "not TOML", "correct the mapping table"),
        (strange_mapping, "mapping_refused/table", Severity.CRITICAL, "speed", "correct the mapping table"),
        (unknown_metric, "unknown_metric/speed", Severity.WARNING, "1 readings of metric speed", "name speed"),
        (unknown_unit, "unknown_unit/temperature/Fahr", Severity.WARNING, "in unit Fahr", "in [units]"),
        (faulty, "faulty_share/2/readings", Severity.WARNING, "2.0% of 100 records are faulty (1 quar", "repair"),
        (missing_values, "missing_share/2/readings", Severity.WARNING, "2.0% of 100 records say no value", "source"),
        (critical_conflict, "critical_conflict/F1/M1/S1/temperature", Severity.CRITICAL,
         "sources say 20.5 C and 130.25 C, none is stored", "look at the machine"),
        (damaged_log, "table_damaged/gold.predictions", Severity.CRITICAL, "cannot be read", "assay score"),
        (lost_file, "table_damaged/silver.buckets", Severity.CRITICAL, "1 of 1 data files are gone", "assay silver"),
        (damaged_ledger, "table_damaged/bronze.files", Severity.CRITICAL, "cannot be read", "assay ingest"),
        (damaged_engine, "engine_failed/engine", Severity.WARNING, "engine.json is damaged", "assay engine stop"),
        (strange_profile, "trouble/plant", Severity.CRITICAL, "profile.toml", "correct what the sentence names"),
        (no_landing, "landing_missing/landing", Severity.WARNING, "is not there", "make it"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)  # fmt: skip
def test_each_thing_that_is_wrong_is_a_line_with_a_step_and_a_condition(
    breaks: Callable[[Settings], None], key: str, severity: Severity, said: str, step: str, whole: Settings
) -> None:
    breaks(whole)

    report, item = status(whole), items_of(whole)[key]

    assert report.exit_code == 3
    assert item.severity is severity
    assert said in item.text
    assert step in item.step
    assert any(item.text in line for line in report.lines)
    assert f"        do: {item.step}" in report.lines
    assert found(whole)[key].severity is severity


@pytest.mark.parametrize("breaks", [damaged_log, lost_file, damaged_ledger, damaged_engine, strange_profile])
def test_what_is_damaged_hides_nothing_else(breaks: Callable[[Settings], None], whole: Settings) -> None:
    breaks(whole)
    failed(whole)

    assert "job_failed/gold" in found(whole)
    assert any(line.startswith("disk") for line in status(whole).lines)


def test_what_cannot_be_looked_at_has_not_recovered(whole: Settings) -> None:
    unmatched(whole)
    observe(whole.state, "status", conditions(whole, NOW), NOW)
    (whole.landing / "strange.txt").unlink()
    strange_profile(whole)

    assert observe(whole.state, "status", conditions(whole, NOW), NOW).recovered == ()

    write_small_plant(Path(whole.plant).parent)

    assert observe(whole.state, "status", conditions(whole, NOW), NOW).recovered == (
        "files_unmatched/landing",
        "trouble/plant",
    )


def test_old_content_is_late(whole: Settings) -> None:
    then = NOW + timedelta(days=2)

    keys = {condition.key: condition for condition in conditions(whole, then)}

    assert "silver.readings is 48.0 h old, at most 2 h are allowed" in keys["table_stale/silver.readings"].subject
    assert "table_stale/gold.machine_features" in keys


def test_a_disk_that_is_nearly_full_is_said_with_its_limit(whole: Settings) -> None:
    full = settings_below(whole.lake.parent, least_free="100%")

    (condition,) = [each for key, each in found(full).items() if key.startswith("disk_low/")]

    assert "at least 100% is asked for (setting least_free)" in condition.subject
    assert "assay upkeep" in condition.detail


def test_what_a_batch_of_last_week_brought_needs_nobody_today(whole: Settings) -> None:
    batch(whole, 2, "lines/two", at=EARLIER, records=10, rows=5, rejected=5)
    put(whole, "silver.readings_quarantine", quarantined("unknown_metric", number=2, metric="speed"))
    put(whole, "bronze.rejected", {"_batch_id": 2, "reason": "bad_json", "record_count": 5, "feed": "readings"})

    assert found(whole) == {}


def test_what_was_set_aside_is_counted_by_reason(whole: Settings) -> None:
    batch(whole, 2, "lines/two", records=1000, rows=1000)
    rows = [quarantined("clock_suspect", "value_out_of_range", number=2), quarantined("clock_suspect", number=2)]
    put(whole, "silver.readings_quarantine", *rows)
    put(whole, "bronze.rejected", {"_batch_id": 2, "reason": "bad_json", "record_count": 3, "feed": "readings"})

    aside = status(whole).data["set_aside"]

    assert aside["quarantined"] == {"clock_suspect": 2, "value_out_of_range": 1}
    assert aside["rejected"] == {"bad_json": 3}


def test_a_run_that_goes_on_is_no_killed_one(whole: Settings) -> None:
    write(whole.state, Entry("gold", Outcome.STARTED, NOW, pid=os.getpid(), began=started_at(os.getpid())))

    assert status(whole).exit_code == 0
    assert "job gold: running since" in "\n".join(status(whole).lines)


@pytest.mark.parametrize("name", ["promote", "train", "quality"])
def test_an_answer_of_a_gate_needs_nobody(name: str, whole: Settings) -> None:
    record(whole.state, name, Outcome.REFUSED, NOW, "paired failures: 0")

    assert status(whole).exit_code == 0
    assert "paired failures: 0" in "\n".join(status(whole).lines)


def test_only_what_has_run_once_or_is_named_is_expected(whole: Settings) -> None:
    assert found(whole) == {}

    named = settings_below(whole.lake.parent, expected_runs="ingest=2h, retrain=32d", origins={"expected_runs": "file"})

    assert set(found(named)) == {"run_late/retrain"}
    assert "it never ended well" in found(named)["run_late/retrain"].subject


def test_a_failed_dag_is_on_the_screen_and_its_alert_is_airflows(whole: Settings) -> None:
    report_run(whole.state, Report("dag", "ingest_hourly", "one", DagOutcome.FAILED, "silver", "exit code 1"), NOW)

    report = status(whole)

    assert report.exit_code == 3
    assert "DAG ingest_hourly: failed" in "\n".join(report.lines)
    assert "dags/docs/ingest_hourly.md" in "\n".join(report.lines)
    assert found(whole) == {}


def test_an_open_alert_needs_a_person_until_somebody_looks_after_it(whole: Settings) -> None:
    observe(whole.state, "test", [Condition("k/1", Severity.CRITICAL, "k", "pump 7 burns", "call them")], NOW)

    assert status(whole).exit_code == 3
    assert "        do: call them" in status(whole).lines

    acknowledge(whole.state, ["k/1"], "ada", NOW + timedelta(hours=1), NOW)

    assert status(whole).exit_code == 0
    assert "ada looks after it" in "\n".join(status(whole).lines)


def test_a_clock_that_was_wrong_is_said(whole: Settings) -> None:
    record(whole.state, "ingest", Outcome.DONE, NOW + timedelta(days=40))

    assert "which is in the future: a clock is or was wrong" in "\n".join(status(whole).lines)


def test_the_page_holds_the_same_and_needs_nothing_else(whole: Settings, tmp_path: Path) -> None:
    record(whole.state, "gold", Outcome.FAILED, NOW, "<script>alert(1)</script>")
    page = tmp_path / "pages" / "status.html"

    report = status(whole, page)

    text = page.read_text()
    assert report.lines[-1] == f"page: {page}"
    assert "&lt;script&gt;alert(1)" in text
    assert "<script" not in text
    assert "<code>assay gold</code> again" in text
    assert "://" not in text
    assert 'name="viewport" content="width=device-width' in text
    assert all(f"<h2>{item['section'].capitalize()}</h2>" in text for item in report.data["items"])


@pytest.mark.parametrize("place", ["lake/status.html", ".", "file/status.html"])
def test_a_page_that_may_not_be_written_there_is_refused(place: str, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(UsageError, match="legal: a file"):
        status(settings, tmp_path / place)


def test_programs_get_one_line_of_json(whole: Settings) -> None:
    unknown_unit(whole)

    data = json.loads(json_line(status(whole).data))

    assert data["needs_a_person"] == 1
    assert data["set_aside"]["units"] == [{"metric": "temperature", "unit": "Fahr", "readings": 1}]
    assert data["runs"][0]["name"] == "ingest"
    assert {"version", "at", "layer", "table"} == set(data["tables"]["commits"][0])
