"""The scores of a machine at a time: the bundle and model that made them, and the files and lines they rest on."""

from datetime import datetime, timedelta

from expectations.features import features_of, longest_window_s
from jobs.lineage.answer import Answer, Stop, time_text
from jobs.lineage.files_behind import ROWS_OF
from jobs.lineage.of_model import bundle_stops, model_rows, model_stop
from lakehouse.errors import UsageError
from report.lake_view import LakeView, Row

_MACHINES = "SELECT DISTINCT factory_id, machine_id FROM gold.machine_features ORDER BY ALL"
_SCORES = """SELECT scored_at, source, gateway_id, bundle, bundle_sha256, margin, probability, path_length, decision,
    feature_digest, made_at, is_in_sample, not_scored_reason
FROM gold.predictions WHERE machine_id = $machine AND factory_id = $factory AND scored_at = (
    SELECT max(scored_at) FROM gold.predictions
    WHERE machine_id = $machine AND factory_id = $factory AND scored_at <= $at)
ORDER BY source, gateway_id, bundle"""
_READINGS = """SELECT f.path, count(*) AS readings, min(r._line) AS first_line, max(r._line) AS last_line,
    min(r.measured_at) AS first_at, max(r.measured_at) AS last_at,
    max_by(r.metric || ' ' || r.value || ' ' || coalesce(r.unit, '') || ' in line ' || r._line, r.measured_at) AS newest
FROM bronze.readings r JOIN bronze.files f USING (_file_id, _batch_id)
WHERE r.machine_id = $machine AND r.factory_id = $factory AND r.measured_at > $since AND r.measured_at <= $at
    AND list_contains($outcomes, f.outcome)
    AND NOT EXISTS (FROM silver.readings_quarantine q WHERE q._file_id = r._file_id AND q._line = r._line
        AND q._column IS NOT DISTINCT FROM r._column)
GROUP BY f.path ORDER BY last_at DESC, f.path"""
SHOWN = 20
"""Files that are named one by one, the newest first; the others are counted."""


def of_score(view: LakeView, machine: str, at: datetime) -> Answer:
    """The newest scores of a machine up to a time, `machine` or `factory/machine`, and what they rest on.

    Raises:
        UsageError: No such machine, several of that name, or none of its times is scored yet.
    """
    factory, name = _known(view, machine)
    values = {"machine": name, "factory": factory, "at": at}
    scores = view.rows(_SCORES, values)
    if not scores:
        raise UsageError(
            f"machine {factory}/{name} has no score up to {time_text(at)}: `assay score` has made none yet"
        )
    scored_at: datetime = scores[0]["scored_at"]
    bundles = tuple(each for bundle in _names(scores) for each in bundle_stops(view, bundle))
    versions = {each.facts["model_version"] for each in bundles}
    models = tuple(model_stop(row) for row in model_rows(view) if row["version"] in versions)
    files = _files(view, values | {"at": scored_at})
    return Answer(tuple(_score_stop(row, f"{factory}/{name}") for row in scores), (*bundles, *models, *files), ())


def _known(view: LakeView, machine: str) -> tuple[str, str]:
    known = [(row["factory_id"], row["machine_id"]) for row in view.rows(_MACHINES)]
    found = [each for each in known if machine in (each[1], "/".join(each))]
    if len(found) != 1:
        legal = ", ".join("/".join(each) for each in found or known) or "none; run `assay gold` first"
        raise UsageError(f"got machine {machine!r}, which is {'several' if found else 'none'}; legal: {legal}")
    return found[0]


def _names(scores: list[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["bundle"] for row in scores))


def _files(view: LakeView, values: dict[str, object]) -> tuple[Stop, ...]:
    """The files with readings in the longest window before the scores, the newest first."""
    window = timedelta(seconds=longest_window_s(features_of(view.plant.profile)))
    scored_at = values["at"]
    assert isinstance(scored_at, datetime)
    rows = view.rows(_READINGS, values | {"since": scored_at - window, "outcomes": list(ROWS_OF)})
    more = rows[SHOWN:]
    stops = [_file_stop(row) for row in rows[:SHOWN]]
    if more:
        counted = sum(row["readings"] for row in more)
        stops.append(Stop("readings", f"of {len(more)} older files", f"{counted:,}", {"files": more}))
    return tuple(stops)


def _file_stop(row: Row) -> Stop:
    words = (
        f"{row['readings']:,} readings of the window, lines {row['first_line']} to {row['last_line']}, measured "
        f"{time_text(row['first_at'])} to {time_text(row['last_at'])}; newest: {row['newest']}"
    )
    return Stop("file", row["path"], words, {key: value for key, value in row.items() if key != "path"})


def _score_stop(row: Row, machine: str) -> Stop:
    where = f"gateway {row['gateway_id']}" if row["source"] == "edge" else "batch"
    chance = "no probability" if row["probability"] is None else f"probability {row['probability']:.3f}"
    reason = f", not scored: {row['not_scored_reason']}" if row["not_scored_reason"] else ""
    words = (
        f"{row['decision']} by {where} with {row['bundle']}, {chance}{reason}, feature digest {row['feature_digest']}"
        f"{', in sample' if row['is_in_sample'] else ''}"
    )
    return Stop("score", f"{machine} at {time_text(row['scored_at'])}", words, dict(row))
