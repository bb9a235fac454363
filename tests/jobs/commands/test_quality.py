"""`assay quality`: every record in one class, alerts above the plant's share, ages against the deadline."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import deltalake
import pytest

from expectations.tables.gold import DATA_QUALITY, FRESHNESS
from expectations.tables.silver import READINGS_TABLE
from jobs import cli
from jobs.quality.freshness import freshness_rows, late, news
from jobs.runtime.exits import ExitCode
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.engine.server import EngineAddress
from tests.support.commands import assay, snapshot
from tests.support.model_lake import clone, model_settings

pytestmark = pytest.mark.spark
HEADER = "datetime,machineID,volt,rotate,pressure,vibration\n"
NOON = datetime(2015, 1, 5, 12, tzinfo=UTC)
CLASSES = ("accepted", "duplicate", "quarantined", "rejected", "blank")
DUE_WITHOUT_CHAMPION = {"bronze.files", "silver.readings", "silver.buckets", "gold.machine_features"}


def telemetry(hours: range, volt: str = "170.5") -> str:
    """Rows of one machine, an hour apart; four readings each."""
    times = [datetime(2015, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in hours]
    return HEADER + "".join(f"{at:%Y-%m-%d %H:%M:%S},1,{volt},450.25,100.125,40.0625\n" for at in times)


def land(settings: Settings, name: str, text: str) -> None:
    settings.landing.mkdir(parents=True, exist_ok=True)
    (settings.landing / name).write_text(text)


def built(settings: Settings) -> Settings:
    for name in ("ingest", "silver", "gold"):
        assay(settings, name, as_of=NOON)
    return settings


@pytest.fixture(scope="module")
def two_batches(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One clean batch, and its file changed to one with impossible values, a broken line, a repeat, a blank."""
    settings = model_settings(tmp_path_factory.mktemp("quality"), engine.remote)
    land(settings, "PdM_telemetry.csv", telemetry(range(48)))
    built(settings)
    bad = telemetry(range(47, 50)) + telemetry(range(50, 52), volt="999.5").removeprefix(HEADER)
    blank = telemetry(range(52, 53), volt="").removeprefix(HEADER)
    land(settings, "PdM_telemetry.csv", bad + blank + "2015-01-03 05:00:00,1\n")
    built(settings)
    assay(settings, "quality", as_of=NOON)
    return settings


def test_every_record_stands_in_one_class_of_its_batch(two_batches: Settings) -> None:
    rows = load_plant(two_batches).lake.arrow(DATA_QUALITY).to_pylist()

    assert [(row["batch_id"], row["feed"]) for row in rows] == [(1, "readings"), (2, "readings")]
    assert [[row[name] for name in ("records", *CLASSES)] for row in rows] == [
        [192, 192, 0, 0, 0, 0],
        [25, 17, 4, 2, 1, 1],
    ]
    assert all(row["records"] == sum(row[name] for name in CLASSES) for row in rows)


def test_more_than_one_percent_of_faults_is_an_alert(two_batches: Settings) -> None:
    report = assay(two_batches, "quality", as_of=NOON)

    (alert,) = report.data["alerts"]
    assert alert.startswith("batch 2, readings: 12.0% of 25 records are faulty (2 quarantined, 1 rejected)")
    assert f"quality: ALERT {alert}" in report.lines


def test_the_same_clock_again_writes_nothing(two_batches: Settings) -> None:
    before = snapshot(two_batches.lake)

    again = assay(two_batches, "quality", as_of=NOON)

    assert (again.changed, snapshot(two_batches.lake)) == (False, before)


def test_a_later_clock_that_finds_nothing_new_writes_nothing(two_batches: Settings, tmp_path: Path) -> None:
    settings = clone(two_batches, tmp_path)
    late = NOON + timedelta(days=1)
    first = assay(settings, "quality", as_of=late)
    before = snapshot(settings.lake)

    again = assay(settings, "quality", as_of=late + timedelta(hours=7))

    rows = [row for row in load_plant(settings).lake.arrow(FRESHNESS).to_pylist() if row["checked_at"] == late]
    assert (first.changed, [row["table_name"] for row in rows]) == (True, ["bronze.files"])
    assert (again.changed, snapshot(settings.lake)) == (False, before)
    assert again.exit_code is ExitCode.REFUSED
    assert again.data["late"] == first.data["late"]


def test_a_table_with_newer_content_gets_a_row_though_it_is_as_timely_as_before() -> None:
    row = {"checked_at": NOON, "table_name": "t", "newest_at": NOON, "age_h": 0.0, "deadline_h": 2.0, "is_late": False}
    later = {**row, "checked_at": NOON + timedelta(hours=1), "age_h": 1.0}

    assert news([later], [row]) == []
    assert news([{**later, "newest_at": NOON + timedelta(minutes=1)}], [row]) != []
    assert news([{**later, "is_late": True}], [row]) != []
    assert news([{**later, "deadline_h": 0.5}], [row]) != []


def test_a_check_of_the_past_is_compared_with_what_was_known_then() -> None:
    row = {"checked_at": NOON, "table_name": "t", "newest_at": NOON, "age_h": 0.0, "deadline_h": 2.0, "is_late": False}

    assert news([row], [{**row, "checked_at": NOON + timedelta(days=1), "is_late": True}]) == [row]
    assert news([row], [{**row, "checked_at": NOON - timedelta(days=1)}]) == []


@pytest.mark.parametrize(("hours", "is_late"), [(0, False), (24 * 30, True)], ids=["in time", "a month later"])
def test_a_table_is_late_beyond_the_plants_deadline(
    two_batches: Settings, tmp_path: Path, hours: int, *, is_late: bool
) -> None:
    settings = clone(two_batches, tmp_path)
    clock = datetime(2015, 1, 3, 6, tzinfo=UTC) + timedelta(hours=hours)

    report = assay(settings, "quality", as_of=clock)

    plant = load_plant(settings)
    written = [row for row in plant.lake.arrow(FRESHNESS).to_pylist() if row["checked_at"] <= clock]
    rows = list({row["table_name"]: row for row in sorted(written, key=lambda row: row["checked_at"])}.values())
    behind = {row["table_name"] for row in rows if row["is_late"]}
    assert {row["table_name"] for row in rows} == DUE_WITHOUT_CHAMPION
    assert behind == ({row["table_name"] for row in rows} if is_late else set())
    assert set(report.data["late"]) == behind
    assert report.exit_code is (ExitCode.REFUSED if is_late else ExitCode.DONE)
    assert len(report.data["reasons"]) == len(behind)
    readings = next(row for row in rows if row["table_name"] == "silver.readings")
    assert readings["age_h"] == (readings["checked_at"] - readings["newest_at"]).total_seconds() / 3600


def test_scores_are_due_once_there_is_a_champion(champion: Settings) -> None:
    """The lake has a champion and gold to score, and nothing was ingested or scored yet."""
    rows = {row["table_name"]: row for row in freshness_rows(load_plant(champion), NOON)}

    predictions = rows["gold.predictions"]
    assert (predictions["newest_at"], predictions["age_h"], predictions["is_late"]) == (None, None, True)
    assert late([predictions]) == {
        "gold.predictions": "gold.predictions is empty (`assay score` fills it), at most 2 h are allowed"
    }


def test_a_late_table_is_exit_code_3_and_its_check_is_kept(two_batches: Settings, tmp_path: Path) -> None:
    settings = clone(two_batches, tmp_path)
    environment = {
        name: str(getattr(settings, name)) for name in ("lake", "landing", "keys", "state", "plant", "engine")
    }
    words = [word for name, value in environment.items() for word in (f"--{name}", value)]

    code = cli.main(["quality", "--as-of", "2015-01-10T12:00:00Z", *words])

    rows = load_plant(settings).lake.arrow(FRESHNESS).to_pylist()
    checked = [row for row in rows if row["checked_at"] == datetime(2015, 1, 10, 12, tzinfo=UTC)]
    assert (code, {row["is_late"] for row in checked}) == (3, {True})


def test_faulty_records_alone_are_no_refusal(two_batches: Settings, tmp_path: Path) -> None:
    report = assay(clone(two_batches, tmp_path), "quality", as_of=datetime(2015, 1, 3, 6, tzinfo=UTC))

    assert report.data["alerts"]
    assert report.exit_code is ExitCode.DONE


def test_a_batch_whose_commits_have_left_the_log_keeps_its_row(two_batches: Settings, tmp_path: Path) -> None:
    """As after Delta's own clean-up: a checkpoint stands, the commits before it are gone."""
    settings = clone(two_batches, tmp_path)
    plant = load_plant(settings)
    before = plant.lake.arrow(DATA_QUALITY).to_pylist()
    table = deltalake.DeltaTable(plant.lake.path(READINGS_TABLE))
    table.create_checkpoint()
    log = Path(plant.lake.path(READINGS_TABLE)) / "_delta_log"
    for path in log.glob("*.json"):
        if int(path.stem) < table.version():
            path.unlink()

    report = assay(settings, "quality", as_of=NOON)

    assert not report.changed
    assert plant.lake.arrow(DATA_QUALITY).to_pylist() == before


def test_an_empty_lake_has_nothing_to_account_for(engine: EngineAddress, tmp_path: Path) -> None:
    settings = model_settings(tmp_path, engine.remote)

    report = assay(settings, "quality", as_of=NOON)

    assert report.data["accounting"] == {}
    assert set(report.data["late"]) == DUE_WITHOUT_CHAMPION
    assert report.data["alerts"] == []
