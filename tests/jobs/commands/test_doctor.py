import argparse
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake

from expectations.plant.file import profile_folder
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import FILES
from jobs.commands import doctor
from jobs.diagnosis.diagnose import diagnose
from jobs.diagnosis.finding import Finding, Level
from jobs.runtime.exits import ExitCode
from jobs.runtime.settings import Settings
from lakehouse.lock import lake_lock
from tests.support.rights import bound_by_rights


def found(folder: Path, subject: str, **others: str) -> list[Finding]:
    settings = Settings(
        lake=folder / "lake",
        landing=folder / "landing",
        state=folder / "state",
        keys=folder / "keys",
        plant=others.get("plant", "azure_pdm"),
    )
    return [finding for finding in diagnose(settings) if finding.subject == subject]


@pytest.fixture(autouse=True)
def _own_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_absent_java_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    (java,) = found(tmp_path, "java")

    assert java.level is Level.FAIL
    assert "apt-get install openjdk-17-jre-headless" in java.remedy


def test_lake_with_readable_tables_is_fine(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "lake" / "bronze" / "readings", pa.table({"v": [1]}))

    (lake,) = found(tmp_path, "lake")

    assert (lake.level, lake.found) == (Level.OK, f"{tmp_path / 'lake'}: 1 tables can be opened")


def test_names_of_partitions_may_hold_any_character(tmp_path: Path) -> None:
    rows = pa.table({"factory_id": ["a b", "c%d", "e/ü"], "v": [1, 2, 3]})
    write_deltalake(tmp_path / "lake" / "bronze" / "readings", rows, partition_by=["factory_id"])

    (lake,) = found(tmp_path, "lake")

    assert lake.level is Level.OK


def test_table_that_lost_a_file_is_named(tmp_path: Path) -> None:
    table = tmp_path / "lake" / "bronze" / "readings"
    write_deltalake(table, pa.table({"v": [1]}))
    Path(DeltaTable(table).file_uris()[0]).unlink()

    (lake,) = found(tmp_path, "lake")

    assert lake.level is Level.FAIL
    assert "bronze.readings cannot be opened: 1 of 1 data files are gone" in lake.found


def test_table_with_a_damaged_log_is_named(tmp_path: Path) -> None:
    table = tmp_path / "lake" / "bronze" / "readings"
    write_deltalake(table, pa.table({"v": [1]}))
    next((table / "_delta_log").glob("*.json")).write_text("nonsense")

    (lake,) = found(tmp_path, "lake")

    assert lake.level is Level.FAIL
    assert "bronze.readings cannot be opened" in lake.found


def test_unknown_plant_lists_the_legal_ones(tmp_path: Path) -> None:
    (plant,) = found(tmp_path, "plant", plant="nowhere")

    assert plant.level is Level.FAIL
    assert "legal: azure_pdm" in plant.found


def own_plant(folder: Path, **mappings: str) -> Path:
    """The Azure plant in a folder of its own, to break."""
    copy = folder / "own"
    shutil.copytree(profile_folder("azure_pdm"), copy)
    for name, content in mappings.items():
        (copy / "mappings" / f"{name}.toml").write_text(content)
    return copy


def test_mappings_that_can_be_read_are_named(tmp_path: Path) -> None:
    (mappings,) = found(tmp_path, "mappings")

    assert mappings.level is Level.OK
    assert "telemetry" in mappings.found


def test_every_mapping_that_cannot_be_read_is_named_with_its_fault(tmp_path: Path) -> None:
    plant = own_plant(tmp_path, one="feed = ", two='feed = "reading"\nfiles = ["*.csv"]\n')

    one, two = found(tmp_path, "mappings", plant=str(plant))

    assert (one.level, two.level) == (Level.FAIL, Level.FAIL)
    assert "mapping one.toml: not TOML" in one.found
    assert "mapping two: unknown feed 'reading'; legal: " in two.found
    assert two.remedy == f"fix {plant / 'mappings' / 'two.toml'} or the profile; until then its files wait"


def test_a_mapping_whose_metric_or_unit_the_profile_does_not_know_is_refused(tmp_path: Path) -> None:
    telemetry = (profile_folder("azure_pdm") / "mappings" / "telemetry.toml").read_text()
    broken = telemetry.replace('metric = "voltage"', 'metric = "volts"').replace('unit = "bar"', 'unit = "C"')
    plant = own_plant(tmp_path, telemetry=broken)

    findings = found(tmp_path, "mappings", plant=str(plant))

    assert [finding.level for finding in findings] == [Level.FAIL] * 2
    assert findings[0].found.startswith("mapping telemetry: [metrics] volt: metric: unknown metric 'volts'; legal: ")
    assert findings[1].found.startswith("mapping telemetry: [metrics] pressure: unit: pressure in 'C'; legal: ")
    assert {"Pa", "bar", "kPa", "psi"} <= set(findings[1].found.rsplit("legal: ", 1)[1].split(", "))


def test_a_plant_without_mappings_is_told_what_to_write(tmp_path: Path) -> None:
    plant = own_plant(tmp_path)
    shutil.rmtree(plant / "mappings")

    (mappings,) = found(tmp_path, "mappings", plant=str(plant))

    assert mappings.level is Level.FAIL
    assert "write one for each source of files" in mappings.found


def test_a_lake_of_another_plant_is_told(tmp_path: Path) -> None:
    content = pa.Table.from_pylist([], schema=arrow_schema(FILES))
    said = CommitProperties(custom_metadata={"userMetadata": '{"plant": "pump_station"}'})
    write_deltalake(tmp_path / "lake" / "bronze" / "files", content, commit_properties=said)

    _, plant = found(tmp_path, "plant")

    assert plant.level is Level.FAIL
    assert "belongs to plant 'pump_station', the settings name 'azure_pdm'" in plant.found


def test_keys_open_to_others_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o755)

    (keys,) = found(tmp_path, "keys")

    assert keys.level is Level.FAIL
    assert keys.remedy.startswith("chmod 700")


def test_a_lake_that_is_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "lake").touch()

    (lake,) = found(tmp_path, "lake")

    assert (lake.level, lake.found) == (Level.FAIL, f"{tmp_path / 'lake'} is no folder")
    assert lake.remedy == "set lake (ASSAY_LAKE) to a folder you may write"


def told(folder: Path, subject: str) -> str:
    """The first line on a subject, of a doctor to whom rights apply."""
    words = [f"--{name}={folder / name}" for name in ("lake", "landing", "keys", "state")]
    done = bound_by_rights(["doctor", "--plant", "azure_pdm", *words], folder)
    assert "Traceback" not in done.stderr
    return next(line for line in done.stdout.splitlines() if line.split()[1] == subject)


def test_a_lake_that_cannot_be_made_is_a_fault_before_the_first_run(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)

    assert told(tmp_path, "lake") == (
        f"FAIL  lake      {tmp_path / 'lake'} is not there yet, and cannot be made in {tmp_path}; "
        "set lake (ASSAY_LAKE) to a folder you may write"
    )


def test_a_table_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    table = tmp_path / "lake" / "bronze" / "readings"
    write_deltalake(table, pa.table({"v": [1]}))
    table.chmod(0o555)

    assert told(tmp_path, "lake") == (
        f"FAIL  lake      {table} cannot be read and written; run as its owner, or correct its permissions"
    )


def test_a_folder_of_landing_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "landing" / "gateway").mkdir(parents=True)
    assert told(tmp_path, "landing").startswith("OK")
    (tmp_path / "landing" / "gateway").chmod(0)

    assert f"WARN  landing   {tmp_path / 'landing'}: 1 folders or files in it may not be read" in told(
        tmp_path, "landing"
    )

    (tmp_path / "landing").chmod(0)
    assert f"FAIL  landing   {tmp_path / 'landing'} may not be read" in told(tmp_path, "landing")


def test_holder_of_the_lake_is_named(tmp_path: Path) -> None:
    with lake_lock(tmp_path / "lake", "silver"):
        (lock,) = found(tmp_path, "lock")

    assert "the lake is held by silver" in lock.found


def test_damaged_state_of_the_engine_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "engine.json").write_text("{")

    (engine,) = found(tmp_path, "engine")

    assert engine.level is Level.FAIL
    assert "is damaged" in engine.found


def test_exit_code_says_whether_anything_failed(tmp_path: Path) -> None:
    settings = Settings(lake=tmp_path / "lake", landing=tmp_path, state=tmp_path, keys=tmp_path / "k", plant="nowhere")

    report = doctor.run(argparse.Namespace(), settings)

    assert report.exit_code is ExitCode.UNEXPECTED
    assert report.data["failed"] >= 1
    assert any(line.startswith("FAIL  plant") for line in report.lines)
