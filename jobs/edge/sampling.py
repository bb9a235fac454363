"""Scores that are drawn for a technician to look at the machine, by the plant's policy."""

from collections.abc import Mapping
from typing import Any

from expectations.policy.file import starting_policy
from gold.sample_draw import SampleRule, draw_number
from lakehouse.plant import Plant


def sample_rule(plant: Plant) -> SampleRule:
    """The numbers of the plant's policy."""
    numbers = {number.name: float(number.value) for number in plant.policy or starting_policy()}
    return SampleRule(
        numbers["sample_quiet_frac"], numbers["sample_request_frac"], numbers["sample_answer_hours"]
    )  # fmt: skip


def sampled_frac(row: Mapping[str, Any], rule: SampleRule) -> float | None:
    """The probability with which a row of `gold.predictions` was drawn; None where it was not.

    Scores that say nothing, and those of times whose outcome a training may have seen, are no predictions.
    """
    is_requested = row["decision"] != "none"
    if row["is_in_sample"] is not False or (row.get("not_scored_reason") and not is_requested):
        return None
    frac = rule.frac(row["scored_at"], row["made_at"], is_requested=is_requested)
    return frac if draw_number(row["machine_id"], row["factory_id"], row["scored_at"]) < frac else None
