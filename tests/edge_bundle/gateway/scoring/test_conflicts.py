"""Two values of one sensor, metric and time on a device: the rule of the bundle says which is stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from domain import conflicts
from edge_bundle.format import pipeline_kinds
from edge_bundle.format.errors import ManifestError
from edge_bundle.format.pipeline import Pipeline
from edge_bundle.format.pipeline_bytes import parse
from edge_bundle.format.pipeline_check import check
from tests.edge_bundle.gateway.engines import Run, reading
from tests.edge_bundle.gateway.plants import US, small_pipeline

BEGIN_US = 1_600_000_200 * US
MINUTE_US = 60 * US
FIRST, SECOND = 40_00, 30_00
MAXIMUM = "temperature_maximum_300s"
CRITICAL = 125_00


def _pipeline(keep: str) -> Pipeline:
    pipeline = small_pipeline()
    metrics = {name: replace(metric, keep=keep) for name, metric in pipeline.metrics.items()}
    return replace(pipeline, metrics=metrics)


def _stored(run: Run, pipeline: Pipeline) -> list[int]:
    with run.engine(pipeline) as engine:
        return [one.resolution_steps for one in engine._context.store.readings("m1", BEGIN_US, BEGIN_US + 1)]


@pytest.mark.parametrize("is_restarted", [False, True], ids=["one process", "a restart between"])
@pytest.mark.parametrize(
    ("keep", "stored", "fault"),
    [
        ("largest", [FIRST], "conflicting_value"),
        ("smallest", [SECOND], "conflicting_value"),
        ("first", [FIRST], "conflicting_value"),
        ("latest", [SECOND], "superseded"),
        ("version", [SECOND], "superseded"),
        ("none", [], "conflicting_value"),
    ],
)
def test_the_rule_says_which_of_two_values_is_stored(
    tmp_path: Path, keep: str, stored: list[int], fault: str, *, is_restarted: bool
) -> None:
    run, pipeline = Run(tmp_path), _pipeline(keep)
    both = [reading(BEGIN_US, FIRST), reading(BEGIN_US, SECOND)]

    for part in [both[:1], both[1:]] if is_restarted else [both]:
        run.take(*part, pipeline=pipeline)

    assert _stored(run, pipeline) == stored
    assert run.counts[fault] == 1


def test_an_open_conflict_stays_open_whatever_comes_again(tmp_path: Path) -> None:
    run, pipeline = Run(tmp_path), _pipeline("none")

    for resolution_steps in (FIRST, SECOND, FIRST, SECOND, FIRST):
        run.take(reading(BEGIN_US, resolution_steps), pipeline=pipeline)

    assert _stored(run, pipeline) == []
    assert (run.counts["accepted"], run.counts["conflicting_value"]) == (1, 4)


@pytest.mark.parametrize("keep", ["none", "smallest", "version"])
def test_a_critical_value_in_a_conflict_raises_its_alert_all_the_same(tmp_path: Path, keep: str) -> None:
    run, pipeline = Run(tmp_path), _pipeline(keep)

    run.take(reading(BEGIN_US, FIRST), reading(BEGIN_US, CRITICAL), pipeline=pipeline)
    with run.engine(pipeline) as engine:
        found = engine._context.store.connection.execute("SELECT body FROM outbox WHERE feed = 'alerts'").fetchall()

    assert len(found) == 1
    assert '"CRITICAL"' in str(found[0][0])


def test_a_vector_has_what_is_stored(tmp_path: Path) -> None:
    found = {}
    for keep in ("largest", "version", "none"):
        run, pipeline = Run(tmp_path / keep), _pipeline(keep)
        run.folder.mkdir()
        readings = [reading(BEGIN_US + at * MINUTE_US, 10_00) for at in range(1, 12)]
        run.take(reading(BEGIN_US, FIRST), reading(BEGIN_US, SECOND), *readings, pipeline=pipeline)
        found[keep] = run.value(MAXIMUM, BEGIN_US + 5 * MINUTE_US, pipeline)

    assert found == {"largest": 40.0, "version": 30.0, "none": 10.0}


def test_a_bundle_of_before_keeps_the_largest_and_an_unknown_rule_is_refused() -> None:
    assert {metric.keep for metric in small_pipeline().metrics.values()} == {"largest"}
    assert pipeline_kinds.KEEPS == conflicts.KEEPS
    with pytest.raises(ManifestError, match="keep 'newest'; legal: latest, largest"):
        check(_pipeline("newest"))


def test_the_rule_is_in_the_bundle() -> None:
    assert parse(_pipeline("smallest").to_document()).metrics["temperature"].keep == "smallest"
