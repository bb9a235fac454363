import json
import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from expectations.tables.arrow_schema import arrow_schema
from lakehouse.plant import Plant
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at
from report.facts import Facts, collect
from report.queries.bundles import bundle_facts, find_bundle
from tests.report import lakes
from tests.support.edge_models import small_bundle


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return collect(lakes.full_lake(tmp_path_factory.mktemp("lake")))


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return lakes.plant_at(tmp_path / "lake")


def test_an_empty_lake_has_no_facts_and_no_error(plant: Plant) -> None:
    facts = collect(plant)

    assert (facts.overview.readings, facts.overview.as_of, facts.story, facts.bundle) == (0, None, None, None)
    assert facts.quality.accounting == ()
    assert facts.models.shown is None
    assert facts.lineage.file is None


def test_the_overview_counts_with_denominators(facts: Facts) -> None:
    period = facts.overview.period

    assert facts.overview.readings == 2 * lakes.HOURS
    assert (period.machines, period.known_machines, period.failures, period.failed_machines) == (2, 3, 1, 1)
    assert facts.overview.as_of == lakes.CLOCK
    assert [len(factory.days) for factory in facts.overview.factories] == [13]
    assert {use.metric: use.readings for use in facts.overview.metrics}["vibration"] == 4 * lakes.HOURS


def test_the_account_of_every_feed_adds_up(facts: Facts) -> None:
    assert [(each.feed, each.records, each.is_balanced) for each in facts.quality.accounting] == [
        ("readings", 750, True),
        ("errors", 3, True),
    ]


def test_an_account_that_does_not_add_up_is_seen(plant: Plant) -> None:
    wrong = {"records": 5, "accepted": 3, "duplicate": 0, "quarantined": 0, "rejected": 0, "blank": 0}
    lakes.put(plant, "gold.data_quality", [{"feed": "readings", "batch_id": 1, "verdict": "PASS", **wrong}])

    (account,) = collect(plant).quality.accounting

    assert not account.is_balanced


def test_each_reason_has_its_first_record_as_an_example(facts: Facts) -> None:
    rejected = {(each.feed, each.reason): each for each in facts.quality.rejected}

    not_json = rejected["readings", "not_json"]
    assert (not_json.records, not_json.example, not_json.path, not_json.line) == (
        4,
        lakes.HOSTILE,
        "readings/two.jsonl",
        9,
    )
    assert rejected["errors", "wrong_type"].example == ""
    assert [each.reason for each in facts.quality.quarantine] == ["unknown_metric", "value_out_of_range"]


def test_scores_that_could_not_be_taken_are_listed_with_their_reason(plant: Plant) -> None:
    score = {
        "machine_id": "B-1", "factory_id": "bremen", "scored_at": lakes.BEGAN, "bundle": "simulated@9.0.0+9",
        "decision": "none", "_faults": ["bundle_unknown"], "_file_id": "f9", "_line": 1, "_batch_id": 1,
        "_ingested_at": lakes.CLOCK,
    }  # fmt: skip
    lakes.put(plant, "gold.predictions_quarantine", [score, {**score, "_line": 2}])

    (aside,) = collect(plant).quality.quarantine

    assert (aside.feed, aside.reason, aside.records) == ("edge_scores", "bundle_unknown", 2)
    assert "simulated@9.0.0+9" in aside.example


def test_days_come_from_the_log_with_their_quarantine(facts: Facts) -> None:
    first, *others = facts.quality.days

    assert (first.accepted, first.quarantined) == (48, 2)
    assert {(each.accepted, each.quarantined) for each in others} == {(48, 0)}


def test_each_table_bears_the_verdict_of_its_newest_judged_commit(facts: Facts) -> None:
    gates = {gate.table: gate for gate in facts.quality.gates}

    assert (gates["silver.readings"].verdict, gates["silver.readings"].batch) == ("PASS", 1)
    assert gates["silver.readings"].rows == 2 * lakes.HOURS
    assert (gates["bronze.alerts"].version, gates["bronze.alerts"].verdict) == (None, None)


def test_the_story_is_the_failure_with_its_warning(facts: Facts) -> None:
    assert facts.story is not None
    assert (facts.story.pick.machine_id, facts.story.pick.failed_at) == ("B-1", lakes.FAILED)
    assert facts.story.warning == lakes.FAILED - timedelta(hours=20)
    assert not facts.story.was_learnt
    assert [event.kind for event in facts.story.events] == ["error", "failure"]
    assert facts.story.alarms == ((lakes.FAILED - timedelta(hours=20), lakes.FAILED - timedelta(hours=1)),)


def test_an_alarm_does_not_go_on_where_nothing_was_scored(plant: Plant) -> None:
    """B-1 stands still for four hours of its twenty."""
    lakes.put_data(plant)
    lakes.put_model(plant, learnt_until=lakes.BEGAN)
    failed = (lakes.FAILED - lakes.BEGAN) // lakes.HOUR
    silent = range(failed - 12, failed - 8)
    lakes.put(plant, "gold.predictions", [lakes.score("B-1", n) for n in range(lakes.HOURS) if n not in silent])

    story = collect(plant).story

    assert story is not None
    assert story.alarms == (
        (lakes.FAILED - timedelta(hours=20), lakes.FAILED - timedelta(hours=13)),
        (lakes.FAILED - timedelta(hours=8), lakes.FAILED - timedelta(hours=1)),
    )


def test_a_failure_within_a_horizon_of_the_last_training_row_counts_as_learnt(plant: Plant) -> None:
    lakes.put_data(plant)
    lakes.put_model(plant, learnt_until=lakes.FAILED - timedelta(hours=3))
    lakes.put_predictions(plant)

    story = collect(plant).story

    assert story is not None
    assert story.was_learnt


def test_an_unseen_failure_is_told_before_a_learnt_one(plant: Plant) -> None:
    lakes.put_data(plant)
    early = lakes.BEGAN + timedelta(days=4)
    events = [("B-1", early), ("B-2", lakes.FAILED)]
    rows = [
        {"machine_id": m, "factory_id": "bremen", "kind": "failure", "code": "seal", "occurred_at": at}
        for m, at in events
    ]
    lakes.put(plant, "silver.machine_events", rows)
    lakes.put_model(plant, learnt_until=lakes.BEGAN + timedelta(days=5))
    lakes.put_predictions(plant)

    story = collect(plant).story

    assert story is not None
    assert (story.pick.machine_id, story.pick.candidates) == ("B-2", 2)
    assert story.warning is None


def test_scores_of_another_bundle_do_not_tell_the_story(plant: Plant) -> None:
    lakes.put_data(plant)
    lakes.put_model(plant, learnt_until=lakes.BEGAN)
    score = lakes.score("B-1", 280)
    old = [{**lakes.score("B-1", n), "bundle": "simulated@0.9.0+2", "margin": 9.0} for n in range(lakes.HOURS)]
    lakes.put(plant, "gold.predictions", [*old, {**score, "bundle": "simulated@1.0.0+10"}])

    story = collect(plant).story

    assert story is not None
    assert [each.score for each in story.scores] == [score["margin"]]


@pytest.mark.parametrize("name", ["failure_24h_held_out.npz", "held_out.npz"], ids=["a file each", "the one file"])
def test_scores_of_the_test_come_before_those_of_the_champion(plant: Plant, name: str) -> None:
    lakes.put_data(plant)
    lakes.put_model(plant, learnt_until=lakes.FAILED + timedelta(days=1))
    lakes.put_predictions(plant)
    lakes.put_held_out(plant, alarm_hours=6, name=name)

    story = collect(plant).story

    assert story is not None
    assert story.warning == lakes.FAILED - timedelta(hours=6)
    assert (story.was_learnt, story.threshold) == (False, -1.0)
    assert {each.score for each in story.scores} == {-5.0, 2.0}


def test_scores_of_another_horizons_test_are_not_taken_for_the_models(plant: Plant) -> None:
    lakes.put_data(plant)
    lakes.put_model(plant, learnt_until=lakes.FAILED + timedelta(days=1))
    lakes.put_predictions(plant)
    lakes.put_held_out(plant, alarm_hours=6, name="failure_7d_held_out.npz")

    story = collect(plant).story

    assert story is not None
    assert story.was_learnt


def test_without_a_failure_model_path_lengths_tell_the_story(plant: Plant) -> None:
    lakes.put_data(plant)
    lakes.put_model(plant, learnt_until=lakes.BEGAN)
    anomaly = {"name": "anomaly", "model": "anomaly", "value": 500.0, "probability": None}
    plant.lake.storage.put(lakes.MODEL_FOLDER / "thresholds.json", json.dumps({"thresholds": [anomaly]}).encode())
    rows = [{**lakes.score("B-1", n), "margin": None, "path_length": 400.0 + 10 * (n % 20)} for n in range(lakes.HOURS)]
    lakes.put(plant, "gold.predictions", rows)

    story = collect(plant).story

    assert story is not None
    assert story.scoring is not None
    assert not story.scoring.is_rising
    assert {each.score for each in story.scores if each.is_alarm} == {400.0 + 10 * n for n in range(10)}


def test_without_scores_the_story_has_signals_and_the_failure(plant: Plant) -> None:
    lakes.put_data(plant)

    story = collect(plant).story

    assert story is not None
    assert (story.scoring, story.scores, story.pick.failed_at) == (None, (), lakes.FAILED)


def test_without_a_failure_the_story_is_the_day_with_most_warnings(plant: Plant) -> None:
    lakes.put_data(plant, failed_at=None)

    story = collect(plant).story

    assert story is not None
    assert story.pick.failed_at is None
    assert story.pick.centre.date() == (lakes.FAILED - timedelta(hours=1)).date()


def test_scores_are_paired_row_by_row(facts: Facts) -> None:
    scores = facts.models.scores

    assert (scores.batch, scores.edge, scores.pairs) == (624, 312, 312)
    assert (scores.equal_digests, scores.equal_margins, scores.differing_digests) == (311, 311, 1)


def test_requests_are_counted_of_scores_whose_outcome_no_training_had_seen(plant: Plant) -> None:
    rows = [
        {**lakes.score("B-2", number), "is_in_sample": known, "decision": "watch" if known is False else "maintain"}
        for number, known in enumerate((True, None, False, False, False))
    ]
    lakes.put(plant, "gold.predictions", rows)

    scores = collect(plant).models.scores

    assert (scores.batch, scores.in_sample, scores.decisions) == (5, 2, (("watch", 3, 0),))


def test_equal_digests_with_other_margins_are_counted(plant: Plant) -> None:
    batch = lakes.score("B-1", 3)
    lakes.put(plant, "gold.predictions", [batch, {**batch, "source": "edge", "margin": 0.5}])

    scores = collect(plant).models.scores

    assert (scores.equal_digests, scores.equal_margins, scores.equal_paths) == (1, 0, 1)


def test_of_several_models_every_score_must_be_equal(plant: Plant) -> None:
    batch = {**lakes.score("B-1", 3), "model_scores": '[{"model":"failure_7d","score":1.5}]'}
    edge = {**batch, "source": "edge", "model_scores": '[{"model":"failure_7d","score":1.25}]'}
    lakes.put(plant, "gold.predictions", [batch, edge])

    scores = collect(plant).models.scores

    assert (scores.equal_digests, scores.equal_margins, scores.equal_paths) == (1, 0, 1)


def test_predictions_older_than_a_column_are_read(plant: Plant) -> None:
    batch = lakes.score("B-1", 3)
    rows = [batch, {**batch, "source": "edge"}]
    table = plant.tables["gold.predictions"]
    content = pa.Table.from_pylist(rows, arrow_schema(table)).drop_columns(["model_scores", "is_in_sample"])
    shutil.rmtree(plant.lake.path(table), ignore_errors=True)
    write_deltalake(plant.lake.path(table), content, partition_by=list(table.partition_by))

    scores = collect(plant).models.scores

    assert (scores.pairs, scores.equal_digests, scores.equal_margins) == (1, 1, 1)


def test_the_newest_champion_is_the_champion(facts: Facts) -> None:
    models = facts.models

    assert models.champion is not None
    assert (models.champion.version, models.champion.champion_since) == (lakes.MODEL, lakes.CLOCK)
    assert models.decision is not None
    assert models.decision.is_provisional


def test_a_refused_model_is_shown_but_no_champion(plant: Plant) -> None:
    lakes.put_model(plant, learnt_until=lakes.BEGAN, champion=False)

    models = collect(plant).models

    assert models.champion is None
    assert models.shown is not None
    assert models.decision is not None
    assert models.decision.verdict == "FAIL"


def test_lineage_follows_the_file_of_the_story_through_the_commits(facts: Facts) -> None:
    road = facts.lineage

    assert road.file is not None
    assert (road.file.path, road.file.file_id, road.file.batch) == ("readings/one.jsonl", "f1", 1)
    assert [(table.table, table.version) for table in road.tables] == [
        ("bronze.readings", 0),
        ("silver.readings", 0),
        ("silver.buckets", 0),
        ("gold.machine_daily", 0),
        ("gold.machine_features", 0),
    ]
    assert road.trained_on == (("gold.machine_features", 0, 0),)


def test_a_bundle_is_found_by_the_model_it_carries(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.assay").write_bytes(small_bundle())
    (tmp_path / "b.assay").write_bytes(b"no bundle")
    carried = bundle_facts(storage_at(tmp_path), Key("deep/a.assay")).model_versions[0]

    found = find_bundle(storage_at(tmp_path), carried)

    assert found is not None
    assert (found.path, found.problem, found.size_bytes) == ("a.assay", "", len(small_bundle()))
    assert found.identity == f"{found.name}@{found.version}+{found.build}"
    assert find_bundle(storage_at(tmp_path), "another") is None
    assert find_bundle(storage_at(tmp_path / "absent"), carried) is None


def test_a_changed_bundle_is_shown_as_refused(tmp_path: Path) -> None:
    changed = bytearray(small_bundle())
    changed[len(changed) // 2] ^= 1
    path = tmp_path / "a.assay"
    path.write_bytes(changed)

    found = bundle_facts(storage_at(tmp_path), Key(path.name))

    assert found.problem
    assert found.model_versions == ()
