"""The scores behind `gold.model_performance`: by machine and week, beside the plain rule at the same scores."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from expectations.tables.gold import MODEL_VERSIONS
from expectations.tables.gold_performance import MODEL_PERFORMANCE
from expectations.tables.gold_shadow import SHADOW_PREDICTIONS
from expectations.tables.machine_keys import moves_of
from expectations.tables.silver_feeds import ALARM_ANSWERS
from gold.interventions import ANSWERS
from gold.model_performance import Performance, build
from jobs.quality.machine_weeks import Flagged, machine_weeks
from jobs.quality.plain_rule import Limit, limits_of
from jobs.quality.sampled import Answers, answers_of, drawn_of
from jobs.quality.score_tables import of_scores
from jobs.quality.unseen_scores import SHADOW_SCORES, UnseenScores, evaluated, keyed, unseen_scores
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeInputs, WholeRecipe
from ml.data.failure_events import to_us

_KEY = ("machine_id", "scored_at")
_VERSIONS = ("version", "horizon", "metrics")


def performance(plant: Plant) -> WholeRecipe:
    """From every score, the failures and interventions of the machines, and the features that plain rules look at."""
    features = plant.tables["gold.machine_features"]
    basis = (plant.profile.costs, plant.profile.has_costs, plant.profile.labels.horizons, plant.policy)
    limits = limits_of(plant.lake.arrow(MODEL_VERSIONS, list(_VERSIONS)).to_pylist(), features.column_names)
    names = sorted({name for limit in limits.values() for name in limit.columns})
    return of_scores(
        plant, MODEL_PERFORMANCE, lambda given: build(performances(plant, given, limits)), basis,
        also=("sampled_frac",),
        beside={ALARM_ANSWERS: ANSWERS, MODEL_VERSIONS: _VERSIONS, SHADOW_PREDICTIONS: SHADOW_SCORES,
                features: (*_KEY, "factory_id", *names)},
    )  # fmt: skip


def performances(plant: Plant, given: WholeInputs, limits: Mapping[str, Limit]) -> Iterator[Performance]:
    """Each version and source with scores that it had not seen; the newest weeks have not matured yet."""
    moves = moves_of(given.tables["silver.machines"])
    features = keyed(given.tables["gold.machine_features"], moves)
    answers = answers_of(keyed(given.tables[ALARM_ANSWERS.name], moves))
    for one in unseen_scores(plant, given):
        limit = limits.get(one.model_version)
        rows = one.rows if limit is None else _with_features(one.rows, features, limit.columns)
        times = rows["scored_at"]
        yield Performance(
            one.model_version, one.source, one.policy.horizon, times.iloc[0].to_pydatetime(),
            times.iloc[-1].to_pydatetime(), machine_weeks(one, rows, _flagged(one, rows, limit, answers)),
            limit.words if limit is not None and limit.is_known(rows) else None, plant.profile.has_costs,
        )  # fmt: skip


def _flagged(one: UnseenScores, rows: pd.DataFrame, limit: Limit | None, answers: Answers) -> Flagged:
    """What the alarms of the scores did, those of the rule, and what was found, until failures are known."""
    known = rows[rows["scored_at"] <= one.known_until]
    one = replace(one, failures=one.failures.until(int(to_us(pd.Series([one.known_until]))[0])))
    decided = evaluated(one, known, np.asarray(known["decision"] != "none", dtype=np.bool_))
    plain = None if limit is None else evaluated(one, known, limit.flags(known))
    return Flagged(decided, plain, drawn_of(one, decided, answers))


def _with_features(rows: pd.DataFrame, features: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The rows, each with the values that are stored for its machine and time; missing where none is."""
    values = features[[*_KEY, *names]].drop_duplicates(list(_KEY))
    return rows.merge(values, on=list(_KEY), how="left")
