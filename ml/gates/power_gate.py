"""Whether an anomaly model sees: what it finds of disturbances whose size is known."""

from __future__ import annotations

from collections.abc import Sequence

from ml.evaluation.disturbances import RELATION, SHIFT, STUCK
from ml.evaluation.incidents import IncidentsFound
from ml.evaluation.power import Found
from ml.gates.failure_gate import Check, Verdict, figure, worded
from ml.policy import Policy

SHOWN = 3
"""Metrics that are named; the others are counted."""
ADVICE = (
    "; fewer metrics or statistics in [features], a plant profile for each group of like machines, more healthy rows "
    "or a larger anomaly_alarms_per_machine_year would change it"
)


def power_checks(power: Sequence[Found], policy: Policy, below: Verdict = Verdict.FAIL) -> list[Check]:
    """One check for each kind of disturbance that was put in.

    PASS from the policy's least fraction on. Under it WARN where chance may explain that (Wilson 95 %), else ``below``.
    Where nothing is asked, WARN says that none was found.
    """
    measured = [each for each in power if each.found.total]
    if not measured:
        text = "what the anomaly model sees is unknown: no metric could be disturbed in a quiet healthy stretch"
        return [worded("power", Verdict.WARN, text)]
    return [_check(each, policy, below) for each in measured]


def incident_checks(found: IncidentsFound | None) -> list[Check]:
    """FAIL where none of the known incidents was found, WARN where no more were than chance explains.

    Nothing where the profile lists none. Incidents without a row that is scored decide nothing.
    """
    if found is None:
        return []
    unscored = f"; {found.unscored} more have no row that is scored" if found.unscored else ""
    if not found.found.total:
        text = f"known incidents: none has a row that is scored{unscored}; correct machine, factory and times"
        return [worded("known_incidents", Verdict.WARN, text)]
    verdict, advice = Verdict.PASS, ""
    if not found.found.hits:
        verdict, advice = Verdict.FAIL, ADVICE
    elif found.found.hits <= found.by_chance:
        verdict, advice = Verdict.WARN, ADVICE
    missed = f"; missed: {', '.join(found.missed[:SHOWN])}" if found.missed else ""
    text = (
        f"known incidents: found {found.found.hits} of {found.found.total}, at least 1 needed; "
        f"{figure(round(found.by_chance, 1))} would be by chance{unscored}{missed}{advice}"
    )
    return [Check("known_incidents", verdict, float(found.found.hits), ">=", 1.0, text)]


def _check(each: Found, policy: Policy, below: Verdict) -> Check:
    words, least = {
        SHIFT: (f"shifts by {figure(policy.power_shift_sd)} standard deviations", policy.least_shift_power),
        STUCK: ("stuck values", policy.least_stuck_power),
        RELATION: ("broken relations", policy.least_relation_power),
    }[each.kind]
    value, verdict = each.found.value or 0.0, Verdict.PASS
    if value < least:
        verdict = below if each.found.interval[1] < least else Verdict.WARN
    elif not each.found.hits:
        verdict = Verdict.WARN
    text = (
        f"{words} of one metric, put into healthy stretches of {figure(policy.power_hours)} h: {each.found} found, at "
        f"least {figure(least)} needed{_unseen(each)}{'' if verdict is Verdict.PASS else ADVICE}"
    )
    return Check(f"power_{each.kind}", verdict, value, ">=", least, text)


def _unseen(each: Found) -> str:
    """The metrics of which none was found, in words."""
    if not each.unseen:
        return ""
    names = ", ".join(each.unseen[:SHOWN]) + (" and others" if len(each.unseen) > SHOWN else "")
    return f"; never in {len(each.unseen)} of {each.metrics} metrics ({names})"
