"""A bundle has every mapping of what a gateway takes, or is not sealed: none is left out without a word."""

from dataclasses import asdict, replace

import pytest

from expectations.mapping.equal_stamps import EqualStamps
from expectations.mapping.file import load_mappings, parse_mapping
from expectations.mapping.mapping import Mapping
from expectations.plant.file import load_profile
from expectations.plant.rules import PlantRule
from expectations.tables.contract import Severity
from jobs.edge.bundle_report import unasked_rules
from jobs.edge.pipeline_document import pipeline_of
from lakehouse.errors import UsageError

PLANTS = ("azure_pdm", "simulated", "xep_factory")


def _mapping(**keys: object) -> Mapping:
    document: dict[str, object] = {
        "feed": "readings", "files": ["halls/*.csv"], "format": "csv", "shape": "wide_by_metric",
        "time": {"column": "at"}, "constants": {"machine_id": "P1", "factory_id": "north"},
        "templates": {"sensor_id": "{machine_id}/{metric}"}, "metrics": {"t": {"metric": "temperature", "unit": "C"}},
    }  # fmt: skip
    return parse_mapping(document | keys, "halls")


def _sources(*mappings: Mapping) -> list[str]:
    return [source.name for source in pipeline_of(load_profile("simulated"), mappings, []).sources]


def _spread() -> Mapping:
    mapping = _mapping()
    assert mapping.time is not None
    return replace(mapping, time=replace(mapping.time, equal_stamps=EqualStamps(1_000_000)))


_LONG = {"sensor_id": "{machine_id}/{line}/{a}/{metric}"}
CANNOT = [
    (
        _mapping(format="parquet"),
        "mapping halls: format = 'parquet' cannot be read .* legal in a bundle: jsonl, json, ",
    ),
    (_mapping(files=["halls/*.zip/*.csv"]), r"mapping halls: files = 'halls/\*\.zip/\*\.csv' names members of an arch"),
    (
        _mapping(path="{line}_{a}_*_*_*.csv", templates=_LONG),
        r"mapping halls: path has 5 names and stars in .*legal: 4",
    ),
    (
        _mapping(above=["{start}"], time={"column": "start"}),
        "mapping halls: above reads the lines above the records of a whole file",
    ),
    (_spread(), "mapping halls: same_stamp = 'spread' needs the whole file"),
]


@pytest.mark.parametrize(("mapping", "words"), CANNOT, ids=["format", "archive", "path", "above", "equal stamps"])
def test_what_a_gateway_cannot_read_is_refused_with_what_to_do(mapping: Mapping, words: str) -> None:
    with pytest.raises(UsageError, match=f"{words}.*write device = false in the mapping"):
        _sources(mapping)


@pytest.mark.parametrize(
    "mapping", [mapping for mapping, _ in CANNOT], ids=["format", "archive", "path", "above", "equal stamps"]
)
def test_what_is_not_for_devices_is_in_no_bundle(mapping: Mapping) -> None:
    assert _sources(_mapping(), replace(mapping, name="other", device=False)) == ["halls"]


def test_a_pattern_of_the_path_is_in_the_bundle() -> None:
    pipeline = pipeline_of(
        load_profile("simulated"), [_mapping(path="{line}/*.csv", templates={"sensor_id": "{line}/{metric}"})], []
    )

    assert [source.path for source in pipeline.sources] == ["{line}/*.csv"]


def test_what_gateways_send_back_and_safety_records_are_no_input_of_theirs() -> None:
    uplink = [mapping for mapping in load_mappings("simulated") if mapping.feed.name in ("edge_scores", "alerts")]

    assert uplink
    assert _sources(_mapping(), *uplink) == ["halls"]


@pytest.mark.parametrize("plant", PLANTS)
def test_every_plant_that_ships_can_be_sealed(plant: str) -> None:
    assert pipeline_of(load_profile(plant), load_mappings(plant), []).sources


def test_two_mappings_of_one_file_are_in_no_bundle_together() -> None:
    first = _mapping(read_with=["halls_too"])
    second = replace(_mapping(read_with=["halls"]), name="halls_too")

    with pytest.raises(UsageError, match=r"halls: read_with names 'halls_too', and a gateway reads .*device = false"):
        _sources(first, second)

    assert _sources(first, replace(second, device=False)) == ["halls"]


def test_a_rule_that_gateways_cannot_ask_is_in_no_bundle_unless_it_says_so() -> None:
    profile = load_profile("simulated")
    rule = PlantRule("no_night", "silver.readings", Severity.QUARANTINE, "Not at night", "hour(measured_at) > 5")
    warned = replace(rule, severity=Severity.WARN)

    with pytest.raises(UsageError, match=r"rule no_night: a gateway cannot ask it.* or write device = false"):
        pipeline_of(replace(profile, rules=(rule,)), (), [])

    allowed = replace(profile, rules=(replace(rule, device=False), warned))
    assert pipeline_of(allowed, (), []) == pipeline_of(profile, (), [])
    assert unasked_rules(profile) == ()
    assert unasked_rules(allowed) == ("  gateways score by readings that silver sets aside by these rules: no_night",)


def test_a_limit_of_rapid_changes_stays_in_the_lake() -> None:
    """It is found by silver, from a minute of readings; a bundle of such a plant is built."""
    profile = load_profile("simulated")
    metric = next(iter(profile.metrics.values()))
    rapid = replace(metric, limits=replace(metric.limits, rapid_change=0.5))

    pipeline = pipeline_of(replace(profile, metrics={metric.name: rapid}), (), [])

    assert asdict(pipeline.metrics[metric.name].limits) == asdict(
        pipeline_of(profile, (), []).metrics[metric.name].limits
    )
