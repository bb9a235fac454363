import hashlib
import json
from pathlib import Path

import pytest

from jobs.runtime.report import json_line
from lakehouse.plant import Plant
from lakehouse.storage.places import file_at
from report.facts import Facts, collect
from report.summary import build_summary, summary_lines, summary_of
from tests.report import lakes
from tests.support.edge_models import small_bundle


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    return lakes.full_lake(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def facts(plant: Plant) -> Facts:
    return collect(plant)


def test_the_classes_of_each_feed_add_up_to_its_records(facts: Facts) -> None:
    accounting = summary_of(facts)["accounting"]

    assert list(accounting) == ["readings", "errors"]
    for counts in accounting.values():
        assert counts["records"] == sum(counts[name] for name in counts if name != "records")


def test_rows_stand_by_layer_and_table(facts: Facts) -> None:
    rows = summary_of(facts)["rows"]

    assert (rows["bronze"]["files"], rows["silver"]["readings"], rows["gold"]["predictions"]) == (2, 624, 936)
    assert "alerts" not in rows["bronze"]


def test_reasons_are_counted_over_all_feeds(facts: Facts) -> None:
    summary = summary_of(facts)

    assert summary["quarantine"] == {"unknown_metric": 1, "value_out_of_range": 1}
    assert summary["rejected"] == {"not_json": 4, "wrong_type": 2}


def test_model_figures_keep_their_denominators(facts: Facts) -> None:
    events = summary_of(facts)["model"]["failure"]["events"]

    assert (events["caught_failures"], events["tested_failures"], events["machine_years"]) == (5, 7, 2.0)


def test_the_summary_is_one_line_of_json(facts: Facts) -> None:
    assert json.loads(json_line(summary_of(facts)))["plant"] == "simulated"


def test_latency_is_of_the_scores_that_were_timed(facts: Facts) -> None:
    """Times of 100 to 410 us, and one score without."""
    scores = summary_of(facts)["scores"]

    assert (scores["latency_p50_us"], scores["latency_p99_us"], scores["timed"]) == (255.0, 406.9, 311)


def test_a_terminal_shows_the_whole_summary(plant: Plant, tmp_path: Path) -> None:
    bundle = tmp_path / "a.assay"
    bundle.write_bytes(small_bundle())
    digest = hashlib.sha256(small_bundle()).hexdigest()

    lines = summary_lines(collect(plant, file_at(bundle)))

    assert lines == (
        "rows in bronze: files 2, rejected 3, readings 624, edge_scores 312",
        "rows in silver: readings 624, readings_quarantine 2, buckets 624, machines 3, machine_events 2",
        "rows in gold: machine_daily 0, factory_daily 13, machine_features 0, data_quality 2, freshness 1, "
        "predictions 936, model_versions 1, model_aliases 1, gate_decisions 1",
        "readings: 750 records = 624 accepted + 100 duplicate + 2 quarantined + 4 rejected + 20 blank",
        "errors: 3 records = 1 accepted + 0 duplicate + 0 quarantined + 2 rejected + 0 blank",
        "quarantine: 1 unknown_metric, 1 value_out_of_range",
        "rejected: 4 not_json, 2 wrong_type",
        "gates: 17 of 18 tables passed; gold.freshness WARN",
        "model: 0123456789abcdef (failure, anomaly), gate PASS, provisional",
        "  announced 5 of 7 unseen failures (95 % interval 36 % to 92 %), "
        "2 false alarms per machine-year (4 in 2 machine-years), cost $47,000 against $105,000 without alarms",
        "  anomaly model: 1.5 alarms per machine-year on 1,234 later healthy rows; allowed 2; "
        "shifts of one metric found 34 of 200; known incidents found 3 of 5",
        f"bundle: test-plant@1.2.3+7, 11.3 kB, sha256 {digest[:16]}",
        "scores: 624 by the plant, 312 by gateways, 312 by both",
        "  311 of 312 had the same features at the edge; "
        "of these 311 of 311 have equal margins and 311 of 311 equal path lengths",
        "  a decision at the edge took 255 us in the median and 407 us at the 99th percentile, of 311 timed",
        "  not scored by a model, of 504 scores of the last week: 9 windows_missing",
    )


def test_an_empty_lake_has_a_summary_too(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)

    summary = build_summary(plant)

    assert (summary["rows"], summary["accounting"], summary["model"], summary["bundle"]) == ({}, {}, None, None)
    assert summary_lines(collect(plant)) == (
        "rows: none, no table is built yet",
        "accounting: none, gold.data_quality is not built yet",
        "quarantine: none",
        "rejected: none",
        "gates: no table has been checked yet",
        "model: no champion",
        "bundle: none",
        "scores: 0 by the plant, 0 by gateways, 0 by both",
    )


def test_the_bundle_has_size_and_digest(tmp_path: Path) -> None:
    (tmp_path / "a.bundle").write_bytes(small_bundle())

    bundle = summary_of(collect(lakes.plant_at(tmp_path / "lake"), file_at(tmp_path / "a.bundle")))["bundle"]

    assert bundle["size_bytes"] == len(small_bundle())
    assert len(bundle["sha256"]) == 64
