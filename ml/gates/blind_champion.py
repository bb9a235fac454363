"""The gate of a challenger where the champion's alarms tell nothing of failures: they are no measure for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ml.evaluation.by_chance import Chance
from ml.gates.failure_gate import Check, GateReport, Verdict, figure, report
from ml.policy import Policy

_RECALL, _FALSE_ALARMS = "recall_difference", "false_alarms_per_machine_year"


def beside_blind(found: GateReport, chance: Callable[[], Chance], policy: Policy) -> GateReport:
    """A challenger's report; WARN for FAIL where a check compares it with alarms that chance explains.

    A champion that raises nothing has no false alarm that another could stay near, and one that alarms all the time
    catches most failures. The challenger must still save money with its lower bound above 0; its false alarms may be
    those of a first champion. Source: `docs/decisions/0291-champion-that-sees-nothing.md`.

    Args:
        found: The report of `challenger_gate`.
        chance: Recall of the champion's failure model beside that of failures shifted in time, on rows that neither
            has seen; asked only where it decides.
        policy: Limits of a first champion.
    """
    if not any(_depends(check, policy) for check in found.checks) or not (seen := chance()).tells_nothing:
        return found
    checks = [_warned(check, seen) if _depends(check, policy) else check for check in found.checks]
    return report(found.gate, checks, provisional=found.is_provisional, approved_by=found.approved_by)


def _depends(check: Check, policy: Policy) -> bool:
    """Whether the check failed only beside the champion's alarms."""
    if check.verdict is not Verdict.FAIL:
        return False
    of_first = check.value is not None and check.value <= policy.false_alarms_per_machine_year
    return check.name == _RECALL or (check.name == _FALSE_ALARMS and of_first)


def _warned(check: Check, seen: Chance) -> Check:
    text = (
        f"{check.text}; the champion's alarms announce {seen.recall}, failures shifted in time give "
        f"{figure(round(seen.expected, 3))} on average, {figure(round(seen.upper, 3))} in 1 of 20 shifts: they tell "
        "nothing of failures here"
    )
    return replace(check, verdict=Verdict.WARN, text=text)
