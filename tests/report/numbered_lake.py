"""What gateways numbered, for the tests of the page."""

from datetime import date

from lakehouse.plant import Plant
from tests.report.lakes import put


def put_numbers(plant: Plant) -> None:
    """Two gateways, one of which lost records, and records that name none."""
    none = {"duplicate": 0, "superseded": 3, "quarantined": 40, "rejected": 2, "blank": 0, "unnumbered": 0, "runs": 1}
    days = [
        {"gateway_id": gateway, "day": date(2026, 3, day), "state": "counted", "produced": 9_045 + missing,
         "accepted": 9_000, "missing": missing, "loss_frac": missing / (9_045 + missing), **none}
        for gateway, missing in (("bremen-1", 120), ("penang-1", 0)) for day in (1, 2, 3)
    ]  # fmt: skip
    nameless = {"gateway_id": None, "day": date(2026, 3, 1), "state": "unknown", "unnumbered": 7}
    put(plant, "gold.reconciliation", [*days, nameless])
