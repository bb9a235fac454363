"""The scores of a machine at a time: the bundle and model that made them, and the files and lines they rest on."""

from datetime import datetime, timedelta

from expectations.features import features_of, longest_window_s
from expectations.tables.machine_keys import factory_of, machine_key, machine_of, moves_of
from jobs.lineage.answer import Answer, Stop, time_text
from jobs.lineage.files_behind import ROWS_OF
from jobs.lineage.of_model import bundle_stops, model_rows, model_stop
from jobs.lineage.seams import correction_stops, master_stops
from lakehouse.errors import UsageError
from report.lake_view import LakeView, Row

_MACHINES = "SELECT DISTINCT machine_id, factory_id FROM gold.machine_features ORDER BY factory_id, machine_id"
_SCORES = """SELECT machine_id, factory_id, scored_at, source, gateway_id, bundle, bundle_sha256, margin, probability,
    path_length, decision, feature_digest, made_at, is_in_sample, not_scored_reason
FROM gold.predictions WHERE list_contains($keys, machine_id || chr(31) || factory_id) AND scored_at = (
    SELECT max(scored_at) FROM gold.predictions
    WHERE list_contains($keys, machine_id || chr(31) || factory_id) AND scored_at <= $at)
ORDER BY source, gateway_id, bundle"""
_READINGS = """SELECT f.path, any_value(f.mapping) AS mapping, count(*) AS readings, min(r._line) AS first_line,
    max(r._line) AS last_line, min(r.measured_at) AS first_at, max(r.measured_at) AS last_at,
    max_by(r.metric || ' ' || r.value || ' ' || coalesce(r.unit, '') || ' in line ' || r._line, r.measured_at)
        AS newest, list(DISTINCT r.sensor_id) AS sensors
FROM bronze.readings r JOIN bronze.files f USING (_file_id, _batch_id)
WHERE list_contains($keys, r.machine_id || chr(31) || r.factory_id) AND r.measured_at > $since AND r.measured_at <= $at
    AND list_contains($outcomes, f.outcome)
    AND NOT EXISTS (FROM silver.readings_quarantine q WHERE q._file_id = r._file_id AND q._line = r._line
        AND q._column IS NOT DISTINCT FROM r._column)
GROUP BY f.path ORDER BY last_at DESC, f.path"""
SHOWN = 20
"""Files that are named one by one, the newest first; the others are counted."""


def of_score(view: LakeView, machine: str, at: datetime) -> Answer:
    """The newest scores of a machine up to a time, `machine` or `factory/machine`, and what they rest on.

    A machine that moved is one machine: its readings in another factory, master data and corrections are named too.

    Raises:
        UsageError: No such machine, several of that name, or none of its times is scored yet.
    """
    keys = _known(view, machine)
    scores = view.rows(_SCORES, {"keys": keys, "at": at})
    if not scores:
        shown = f"{factory_of(keys[0])}/{machine_of(keys[0])}"
        raise UsageError(f"machine {shown} has no score up to {time_text(at)}: `assay score` has made none yet")
    bundles = tuple(each for bundle in _names(scores) for each in bundle_stops(view, bundle))
    versions = {each.facts["model_version"] for each in bundles}
    models = tuple(model_stop(row) for row in model_rows(view) if row["version"] in versions)
    behind = _behind(view, keys, scores[0]["scored_at"])
    return Answer(tuple(map(_score_stop, scores)), (*bundles, *models, *behind), ())


def _known(view: LakeView, machine: str) -> list[str]:
    """The machine by each of its factories, as `machine_keys` writes them."""
    moves = moves_of(view.plant.lake.arrow(view.plant.tables["silver.machines"]))
    known = [machine_key(row["machine_id"], row["factory_id"]) for row in view.rows(_MACHINES)]
    found = [key for key in known if machine in (machine_of(key), f"{factory_of(key)}/{machine_of(key)}")]
    firsts = {moves.get(key, key) for key in found}
    if len(firsts) != 1:
        legal = ", ".join(f"{factory_of(key)}/{machine_of(key)}" for key in found or known)
        raise UsageError(
            f"got machine {machine!r}, which is {'several' if found else 'none'}; "
            f"legal: {legal or 'none; run `assay gold` first'}"
        )
    return [key for key in known if moves.get(key, key) in firsts]


def _names(scores: list[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["bundle"] for row in scores))


def _behind(view: LakeView, keys: list[str], scored_at: datetime) -> tuple[Stop, ...]:
    """Master data, corrections and files of the longest window before the scores, the newest first."""
    since = scored_at - timedelta(seconds=longest_window_s(features_of(view.plant.profile)))
    values = {"keys": keys, "at": scored_at, "since": since}
    rows = view.rows(_READINGS, values | {"outcomes": list(ROWS_OF)})
    sensors = {sensor for row in rows for sensor in row["sensors"]}
    corrected = correction_stops(view, keys, sensors, {row["mapping"] for row in rows}, since, scored_at)
    return (*master_stops(view, keys, since, scored_at), *corrected, *_files(rows))


def _files(rows: list[Row]) -> list[Stop]:
    more = rows[SHOWN:]
    stops = [_file_stop(row) for row in rows[:SHOWN]]
    if more:
        counted = sum(row["readings"] for row in more)
        stops.append(Stop("readings", f"of {len(more)} older files", f"{counted:,}", {"files": more}))
    return stops


def _file_stop(row: Row) -> Stop:
    words = (
        f"{row['readings']:,} readings of the window, lines {row['first_line']} to {row['last_line']}, measured "
        f"{time_text(row['first_at'])} to {time_text(row['last_at'])}; newest: {row['newest']}"
    )
    return Stop("file", row["path"], words, {key: value for key, value in row.items() if key != "path"})


def _score_stop(row: Row) -> Stop:
    where = f"gateway {row['gateway_id']}" if row["source"] == "edge" else "batch"
    chance = "no probability" if row["probability"] is None else f"probability {row['probability']:.3f}"
    reason = f", not scored: {row['not_scored_reason']}" if row["not_scored_reason"] else ""
    words = (
        f"{row['decision']} by {where} with {row['bundle']}, {chance}{reason}, feature digest {row['feature_digest']}"
        f"{', in sample' if row['is_in_sample'] else ''}"
    )
    name = f"{row['factory_id']}/{row['machine_id']} at {time_text(row['scored_at'])}"
    return Stop("score", name, words, dict(row))
