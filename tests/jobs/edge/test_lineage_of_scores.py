"""`assay lineage` of a model, its bundle and a machine at a time, on a lake that is scored."""

from pathlib import Path

import pytest

from jobs.lineage.asked import asked
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from tests.support.commands import assay
from tests.support.scored_lake import predictions, two_days


@pytest.fixture(scope="module")
def scored(sealed_lake: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = two_days(sealed_lake, Path(tmp_path_factory.mktemp("traced")) / "lake")
    assay(settings, "score")
    return settings


def test_a_score_a_bundle_and_a_model_name_each_other(scored: Settings) -> None:
    rows = predictions(scored)
    row = max(rows, key=lambda one: (one["scored_at"], one["machine_id"]))

    of_score = asked(scored, f"{row['machine_id']} at {row['scored_at'].isoformat()}").data
    of_bundle = asked(scored, row["bundle"]).data
    (bundle,) = of_bundle["subject"]
    of_model = asked(scored, bundle["model_version"][:6]).data

    (score,) = of_score["subject"]
    assert (score["bundle"], score["feature_digest"]) == (row["bundle"], row["feature_digest"])
    behind = [(stop["kind"], stop["name"]) for stop in of_score["came_from"]]
    assert [name for _, name in behind[:2]] == [row["bundle"], bundle["model_version"]]
    assert behind[2:] == [("master data", f"{row['factory_id']}/{row['machine_id']}")]
    assert bundle["batch_scores"] == len(rows)
    assert [stop["name"] for stop in of_model["went_into"]] == [row["bundle"]]
    assert {stop["kind"] for stop in of_model["came_from"]} >= {"table"}


def test_a_machine_before_its_first_score_has_none(scored: Settings) -> None:
    machine = predictions(scored)[0]["machine_id"]

    with pytest.raises(UsageError, match="has no score up to 2001"):
        asked(scored, f"{machine} at 2001-01-01")
