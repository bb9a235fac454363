import json
from pathlib import Path

import pytest

from jobs.report.facts import Facts, collect
from jobs.report.summary import build_summary, summary_lines, summary_of
from jobs.runtime.report import json_line
from tests.jobs.report import lakes
from tests.support.edge_models import small_bundle


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return collect(lakes.full_lake(tmp_path_factory.mktemp("lake")))


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


def test_lines_say_the_same_numbers(facts: Facts) -> None:
    text = "\n".join(summary_lines(facts))

    assert "readings: 750 records = 624 accepted + 100 duplicate + 2 quarantined + 4 rejected + 20 blank" in text
    assert "announced 5 of 7 unseen failures" in text
    assert "624 batch, 312 edge; 311 of 311 equal margins at equal digests, 1 pairs differ" in text


def test_an_empty_lake_has_a_summary_too(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)

    summary = build_summary(plant)

    assert (summary["rows"], summary["accounting"], summary["model"], summary["bundle"]) == ({}, {}, None, None)
    assert "model: no champion" in summary_lines(collect(plant))


def test_the_bundle_has_size_and_digest(tmp_path: Path) -> None:
    (tmp_path / "a.bundle").write_bytes(small_bundle())

    bundle = summary_of(collect(lakes.plant_at(tmp_path / "lake"), tmp_path / "a.bundle"))["bundle"]

    assert bundle["size_bytes"] == len(small_bundle())
    assert len(bundle["sha256"]) == 64
