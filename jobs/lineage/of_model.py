"""A model version or a bundle: the tables it learnt from, the bundles that carry it, and the scores these made."""

import json
from collections.abc import Mapping

from jobs.lineage.answer import Answer, Stop, table_stops
from jobs.lineage.files_behind import files_of
from lakehouse.table_lineage import TableVersion, sources, version_of
from report.lake_view import LakeView, Row

BUNDLE_NAMES = "SELECT bundle FROM gold.bundles"
_VERSIONS = """SELECT version, trained_at, kinds, horizon, data_versions, code_revision, artifact
FROM gold.model_versions ORDER BY trained_at, version"""
_BUNDLES = """SELECT b.bundle, b.build, b.model_version, b.sha256, b.seen_until_at,
    count(p.scored_at) FILTER (p.source = 'batch') AS batch_scores,
    count(p.scored_at) FILTER (p.source = 'edge') AS edge_scores,
    count(DISTINCT p.gateway_id) AS gateways, max(p.scored_at) AS last_scored_at
FROM gold.bundles b LEFT JOIN gold.predictions p ON p.bundle = b.bundle
WHERE b.model_version = $name OR b.bundle = $name GROUP BY ALL ORDER BY b.build"""


def of_model(view: LakeView, row: Row) -> Answer:
    """The lineage of a registered version."""
    return Answer((model_stop(row),), _behind(view, row), bundle_stops(view, row["version"]))


def of_bundle(view: LakeView, bundle: str) -> Answer:
    """The lineage of a sealed bundle, by its name as scores have it."""
    (stop,) = bundle_stops(view, bundle)
    made = [row for row in model_rows(view) if row["version"] == stop.facts["model_version"]]
    before = tuple(each for row in made for each in (model_stop(row), *_behind(view, row)))
    return Answer((stop,), before, ())


def model_rows(view: LakeView) -> list[Row]:
    """Every registered version, the one trained last at the end."""
    return view.rows(_VERSIONS)


def learnt_from(view: LakeView, versions: Mapping[str, int]) -> tuple[Stop, ...]:
    """The models that were trained on one of these versions of tables or a later one, each with its bundles.

    A version that a table does not have yet is of a table that `assay rebuild` has replaced since.
    """
    stops: list[Stop] = []
    newest = {name: view.plant.lake.version(view.plant.tables[name]) or 0 for name in versions}
    for row in model_rows(view):
        trained: dict[str, int] = json.loads(row["data_versions"])
        if any(name in versions and versions[name] <= number <= newest[name] for name, number in trained.items()):
            stops += [model_stop(row), *bundle_stops(view, row["version"])]
    return tuple(stops)


def bundle_stops(view: LakeView, name: str) -> tuple[Stop, ...]:
    """A stop for each bundle of a model version, or for the bundle of that name."""
    return tuple(_bundle_stop(row) for row in view.rows(_BUNDLES, {"name": name}))


def _behind(view: LakeView, row: Row) -> tuple[Stop, ...]:
    """The tables that a version was trained on, and all behind these down to the files."""
    lake, tables = view.plant.lake, view.plant.tables
    found: dict[str, TableVersion] = {}
    for name, number in json.loads(row["data_versions"]).items():
        if name in tables and lake.exists(tables[name]):
            trained = version_of(lake, tables[name], number, f"model {row['version']} was trained on it")
            for each in (trained, *sources(lake, tables, name, number)):
                if each.table not in found or each.version > found[each.table].version:
                    found[each.table] = each
    return (*table_stops(tuple(found.values())), *files_of(view, tuple(found.values())))


def model_stop(row: Row) -> Stop:
    """A stop for a registered version."""
    trained = ", ".join(f"{name}@{number}" for name, number in json.loads(row["data_versions"]).items())
    horizon = f", {row['horizon']}" if row["horizon"] else ""
    words = (
        f"{row['kinds'] or 'no model'}{horizon}, trained {row['trained_at']:%Y-%m-%dT%H:%M:%SZ} on {trained}, code "
        f"{row['code_revision']}"
    )
    return Stop("model", row["version"], words, {key: value for key, value in row.items() if key != "version"})


def _bundle_stop(row: Row) -> Stop:
    scored = f"{row['batch_scores']:,} scores in batch, {row['edge_scores']:,} of {row['gateways']} gateways"
    last = f", the last of {row['last_scored_at']:%Y-%m-%dT%H:%M:%SZ}" if row["last_scored_at"] else ""
    words = f"carries model {row['model_version']}, sha256 {row['sha256'] or 'not recorded'}; {scored}{last}"
    return Stop("bundle", row["bundle"], words, {key: value for key, value in row.items() if key != "bundle"})
