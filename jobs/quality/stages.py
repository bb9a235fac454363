"""The scores behind `gold.alarm_stages`: the same rows and failures, flagged once by each stage."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from edge_bundle.format.decision import ASKED_BY
from expectations.tables.gold_stages import ALARM_STAGES
from expectations.tables.machine_keys import moves_of
from expectations.tables.silver_anomalies import ANOMALIES
from gold.alarm_stages import StageOutcome, build
from jobs.quality.confirmations import Spans, is_confirmed, spans_of
from jobs.quality.score_tables import of_scores
from jobs.quality.unseen_scores import UnseenScores, evaluated, keyed, unseen_scores
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeInputs, WholeRecipe
from ml.data.dataset import Mask
from ml.data.failure_events import to_us

_OF_ANOMALIES = ("machine_id", "factory_id", "severity", "raised_at", "cleared_at")
_OF_ALERTS = ("machine_id", "factory_id", "raised_at", "code")
_OF_MODELS = pa.array([name.upper() for name in ASKED_BY])
"""Codes of the alerts that a gateway raises by its own scores: no second witness of a score."""


def alarm_stages(plant: Plant) -> WholeRecipe:
    """From every score, the failures and interventions of the machines, and what confirms a score."""
    basis = (plant.profile.labels.horizons, plant.policy)
    return of_scores(
        plant, ALARM_STAGES, lambda given: build(_outcomes(plant, given)), basis, also=("probability",),
        beside={ANOMALIES: _OF_ANOMALIES, plant.tables["bronze.alerts"]: _OF_ALERTS},
    )  # fmt: skip


def _outcomes(plant: Plant, given: WholeInputs) -> Iterator[StageOutcome]:
    moves = moves_of(given.tables["silver.machines"])
    anomalies = given.tables[ANOMALIES.name]
    beyond = keyed(anomalies.filter(pc.not_equal(anomalies.column("severity"), "notice")), moves)
    sent = given.tables["bronze.alerts"]
    alerts = keyed(sent.filter(pc.invert(pc.is_in(sent.column("code"), value_set=_OF_MODELS))), moves)
    for one in unseen_scores(plant, given):
        is_over = one.rows["scored_at"] <= one.known_until - pd.Timedelta(microseconds=one.policy.horizon_us)
        rows = one.rows[is_over]
        if rows["probability"].notna().any():
            spans = spans_of(beyond, alerts, one.policy.alarm_rule.repeat_us)
            yield from (_outcome(one, rows, *stage) for stage in _stages(one, rows, spans))


def _stages(one: UnseenScores, rows: pd.DataFrame, spans: Spans) -> Iterator[tuple[str, float | None, Mask]]:
    """Each stage with its number and the rows that it flags; a score without probability reaches none but the first."""
    probability = rows["probability"].to_numpy(dtype=np.float64)
    sensitive, specific = one.policy.sensitive_probability, one.policy.specific_probability
    confirmed = is_confirmed(rows["machine_id"].reset_index(drop=True), to_us(rows["scored_at"]), spans)
    yield "requested", None, np.asarray(rows["decision"] != "none", dtype=np.bool_)
    yield "sensitive", sensitive, probability >= sensitive
    yield "specific", specific, probability >= specific
    yield "confirmed", specific, (probability >= specific) & confirmed


def _outcome(one: UnseenScores, rows: pd.DataFrame, stage: str, least: float | None, flags: Mask) -> StageOutcome:
    outcome = evaluated(one, rows, flags)
    counts, times = outcome.counts, rows["scored_at"]
    return StageOutcome(
        one.model_version, one.source, one.policy.horizon, stage, least, times.iloc[0].to_pydatetime(),
        times.iloc[-1].to_pydatetime(), len(rows), len(outcome.failures),
        tuple(outcome.lead_hours[outcome.caught].tolist()), int(outcome.too_late.sum()), counts.alarms, counts.false,
        counts.intervened, counts.active, counts.calls, counts.vain_calls, outcome.machine_years,
    )  # fmt: skip
