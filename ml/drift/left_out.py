"""Which features drift by their nature, and are left out by a rule that is declared here."""

from __future__ import annotations

from expectations.features import Feature

DAY_S = 86_400
REASONS = {
    "grows": "Hours since an event grow until the next one: a week is not like the weeks before",
    "master_data": "An attribute says what a machine is, and changes when somebody changes the records",
    "long_window": "Its own window is longer than half of the one compared: a machine has fewer than two such values",
}


def why_left_out(feature: Feature, window_days: int) -> str:
    """The reason, one of `REASONS`; empty where the feature is compared.

    >>> why_left_out(Feature("since_repair_h", "hours_since", "h"), 7)
    'grows'
    >>> why_left_out(Feature("vibration_mean_24h_mm_s", "window", "mm/s", window_s=DAY_S), 7)
    ''

    Args:
        feature: One of a plant's.
        window_days: Length of the window that is compared, days.
    """
    if feature.kind == "hours_since":
        return "grows"
    if feature.kind in ("attribute", "level"):
        return "master_data"
    return "long_window" if 2 * feature.window_s > window_days * DAY_S else ""
