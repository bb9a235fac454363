"""A lake belongs to one plant on one set of terms: what its steps, buckets and days go by."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from expectations.errors import MappingError
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import FILES
from expectations.tables.silver import BUCKETS
from jobs import cli
from jobs.diagnosis.diagnose import diagnose
from jobs.diagnosis.finding import Level
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import UsageError
from lakehouse.lock import lake_lock
from lakehouse.plant import Plant, ownership
from lakehouse.writing.metadata import record_metadata
from tests.support.commands import snapshot
from tests.support.past_the_gate import put_rows
from tests.support.small_plant import write_small_plant

HUMIDITY = '\n[metrics.humidity]\nunit = "%"\nresolution = 0.1\n'
AT = datetime(2026, 3, 1, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("away_from_the_users_settings")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A lake that the small plant began: a bucket of temperature in factory F1."""
    (tmp_path / "landing").mkdir()
    plant = write_small_plant(tmp_path)
    settings = Settings(lake=tmp_path / "lake", landing=tmp_path / "landing", plant=str(plant), state=tmp_path / "s")
    began = load_plant(settings)
    claim(began)
    hold(began, "temperature", "F1")
    with lake_lock(settings.lake, "ingest"):  # leaves its empty file, as any job that wrote
        return settings


def claim(plant: Plant) -> None:
    """What a batch says in the ledger."""
    record_metadata(plant.lake, FILES, ownership(plant.lake, plant.profile))


def hold(plant: Plant, metric: str, factory_id: str) -> None:
    numbers = dict.fromkeys((column.name for column in BUCKETS.columns), 0)
    days = dict.fromkeys(("bucket_date", "local_date"), date(2026, 3, 1))
    row = {**numbers, **days, "machine_id": "M1", "factory_id": factory_id, "metric": metric, "bucket_at": AT}
    put_rows(plant.lake, BUCKETS, pa.Table.from_pylist([row], schema=arrow_schema(BUCKETS)))


def rewrite(settings: Settings, old: str, new: str) -> None:
    path = Path(settings.plant, "profile.toml")
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def refusal(settings: Settings) -> str:
    with pytest.raises(UsageError) as refused:
        load_plant(settings)
    return str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "resolution = 0.01\n", "resolution = 0.1\n",
            "metric temperature is counted in steps of 0.01 C there, the profile says 0.1 C",
        ),
        (
            'unit = "bar"', 'unit = "kPa"',
            "metric pressure is counted in steps of 0.001 bar there, the profile says 0.001 kPa",
        ),
        ('bucket = "20min"', 'bucket = "30min"', "buckets are 1200 s long there, the profile says 1800 s"),
        (
            'default = "Europe/Berlin"', 'default = "Europe/London"',
            "factory F1 has the days of Europe/Berlin there, the profile says Europe/London",
        ),
        (
            'default = "Europe/Berlin"', 'default = "Europe/Berlin"\nfactories = { F1 = "Asia/Tokyo" }',
            "factory F1 has the days of Europe/Berlin there, the profile says Asia/Tokyo",
        ),
    ],
    ids=["resolution", "unit", "bucket", "default zone", "zone of a factory"],
)  # fmt: skip
def test_other_terms_are_refused_with_what_stands_what_was_got_and_what_to_do(
    settings: Settings, old: str, new: str, sentence: str
) -> None:
    rewrite(settings, old, new)

    said = refusal(settings)

    assert said == (
        f"profile small uses different units or grids than the lake {settings.lake}: {sentence}; "
        "restore the old values in the profile, or use a new lake (the files are still in landing)"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("maximum = 200\n", "maximum = 300\n"),
        ("[features]", HUMIDITY + "\n[features]"),
        ('default = "Europe/Berlin"', 'default = "Europe/Berlin"\nfactories = { F2 = "Asia/Tokyo" }'),
        ('default = "Europe/Berlin"', 'default = "Asia/Tokyo"\nfactories = { F1 = "Europe/Berlin" }'),
    ],
    ids=["a limit", "a new metric", "a factory without rows", "another default that no rows go by"],
)
def test_what_no_row_goes_by_may_change(settings: Settings, old: str, new: str) -> None:
    rewrite(settings, old, new)

    assert load_plant(settings).profile.name == "small"


def without_pressure(settings: Settings) -> None:
    path = Path(settings.plant, "profile.toml")
    before, _, rest = path.read_text().partition("[metrics.pressure]")
    path.write_text(before + rest[rest.index("[features]") :])


def test_a_metric_may_leave_the_profile_while_it_has_no_rows_and_come_back_only_as_it_was(settings: Settings) -> None:
    before = Path(settings.plant, "profile.toml").read_text()
    without_pressure(settings)
    left = load_plant(settings)
    assert set(left.profile.metrics) == {"temperature"}
    claim(left)

    Path(settings.plant, "profile.toml").write_text(before.replace("resolution = 0.001", "resolution = 0.01"))

    assert "metric pressure is counted in steps of 0.001 bar there, the profile says 0.01 bar" in refusal(settings)


def test_a_metric_with_rows_may_not_leave_the_profile(settings: Settings) -> None:
    hold(load_plant(settings), "pressure", "F1")
    without_pressure(settings)

    assert "metric pressure has rows there, the profile does not name it" in refusal(settings)


def test_a_lake_without_conventions_takes_them_with_its_next_batch(settings: Settings, tmp_path: Path) -> None:
    old = Settings(lake=tmp_path / "old", landing=settings.landing, plant=settings.plant)
    record_metadata(load_plant(old).lake, FILES, CommitMetadata(plant="small"))

    claim(load_plant(old))
    rewrite(old, "resolution = 0.01\n", "resolution = 0.1\n")

    assert "0.01 C there, the profile says 0.1 C" in refusal(old)


def words(settings: Settings) -> list[str]:
    names = ("lake", "landing", "plant", "state")
    return [word for name in names for word in (f"--{name}", str(getattr(settings, name)))]


JOBS = pytest.mark.parametrize("job", ["ingest", "silver", "gold", "quality"])


@JOBS
def test_a_job_refuses_a_changed_resolution_and_writes_nothing(
    settings: Settings, job: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(settings, "resolution = 0.01\n", "resolution = 0.1\n")
    before = snapshot(settings.lake)

    code = cli.main([job, *words(settings)])

    assert code == 2
    assert "counted in steps of 0.01 C there, the profile says 0.1 C" in capsys.readouterr().err
    assert snapshot(settings.lake) == before


@JOBS
def test_a_job_refuses_the_lake_of_another_plant_and_writes_nothing(
    settings: Settings, job: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(settings, 'name = "small"', 'name = "other"')
    before = snapshot(settings.lake)

    code = cli.main([job, *words(settings), "--json"])

    said = capsys.readouterr()
    assert (code, json.loads(said.out)["exit_code"]) == (2, 2)
    assert "belongs to plant 'small', the settings name 'other'; give each plant a lake of its own" in said.err
    assert snapshot(settings.lake) == before


def test_the_doctor_says_the_same_of_other_terms(settings: Settings) -> None:
    rewrite(settings, "resolution = 0.01\n", "resolution = 0.1\n")

    plant = [finding for finding in diagnose(settings) if finding.subject == "plant"]

    assert [finding.level for finding in plant] == [Level.OK, Level.FAIL]
    assert "counted in steps of 0.01 C there, the profile says 0.1 C" in plant[1].found
    assert "or use a new lake" in plant[1].found


def test_a_wrong_mapping_stops_only_work_that_needs_every_mapping(settings: Settings) -> None:
    mapping = Path(settings.plant, "mappings", "lines.toml")
    mapping.write_text("not TOML")

    plant = load_plant(settings)

    assert "lines" not in {one.name for one in plant.sources.usable}
    with pytest.raises(MappingError, match=rf"mapping lines\.toml: not TOML: .*; fix {mapping} or the profile"):
        _ = plant.mappings
