"""Silver: whether a sensor can be believed on a date, and the evidence."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID, METRIC, SENSOR_ID
from expectations.tables.silver_anomalies import SENSOR

SENSOR_FINDINGS = {
    "dead": "No reading on the date, while other sensors of its machine have theirs; of its factory where it is alone",
    "stuck": "More equal readings in a row than it ever has, and its machine does not rest",
    "out_of_calibration": "Away from the redundant sensors of its machine by a step, beyond its own past",
    "drifting": "Away from them, and more with every date",
    "differs": "Its daily mean differs from a redundant sensor's by more than the profile allows",
    "noisy": "Its readings scatter more than they ever do, and those of the machine's other metrics do not",
    "interrupted": "Fewer readings than the other sensors of its machine have, by its own past",
    "calibration_overdue": "The date is after the one by which master data want it calibrated",
}
"""From the most to the least severe."""
SENSOR_VERDICTS = {
    **SENSOR_FINDINGS,
    "healthy": "Nothing is found",
    "learning": "Nothing is found, and too few dates before have readings to compare with",
    "silent": "No reading, and none to be expected: the sensors beside it have none either",
}


def _figure(name: str, words: str, unit: str = "") -> Column:
    return Column(name, "double", f"{words}; null where it is not known", unit=unit)


SENSOR_HEALTH = Table(
    "silver", "sensor_health",
    "Whether each sensor can be believed on a UTC date: verdict, findings, and the figures and limits they follow from",
    (
        SENSOR_ID, MACHINE_ID, FACTORY_ID, METRIC,
        Column("measured_date", "date", "UTC date", nullable=False),
        Column("verdict", "string", "The most severe finding", nullable=False, allowed=tuple(SENSOR_VERDICTS)),
        Column("findings", "array<string>", f"All of them: {', '.join(SENSOR_FINDINGS)}", nullable=False),
        Column("reference_days", "bigint", "Dates of the reference on which it has readings", nullable=False,
               minimum=0),
        Column("reading_count", "bigint", "Its readings", nullable=False, minimum=0),
        _figure("expected_count", "Readings by its own past and by the sensor beside it that has most of its own"),
        _figure("missing_frac", "Fraction of these that are missing", "1"),
        _figure("missing_limit", "From this fraction on it is interrupted", "1"),
        Column("longest_equal", "bigint", "Most equal readings in a row; null without any", minimum=1),
        _figure("longest_equal_limit", "More than so many are stuck", "readings"),
        Column("is_at_rest", "boolean", "Another metric of the machine went to below half of its usual least reading",
               nullable=False),
        _figure("noise", "Deviation of readings from their neighbours, canonical unit, by root 2"),
        _figure("noise_ratio", "By its usual one; where it grows with the level, by that too", "1"),
        _figure("noise_limit", "A greater ratio is noisy", "1"),
        _figure("difference", "Daily mean less that of the sensors that measure the same, canonical unit: of two the "
                "other's, of more the median"),
        _figure("difference_usual", "The same in the reference, its median"),
        _figure("difference_allowed", "The profile's, canonical unit"),
        _figure("difference_score", "Cumulative sum of deviations from the usual, in deviations"),
        _figure("difference_limit", "A greater sum is drifting or out of calibration"),
        Column(
            "bad_quality_count", "bigint",
            "Values that its source itself called bad, each time and code once; null in dates of older code", minimum=0,
        ),
        Column("bad_quality_codes", "string", "The source's codes with how many, the most first; null without any"),
        Column("calibration_due_date", "date", "By which master data want it calibrated; null where they do not say"),
    ),
    key=(*SENSOR, "measured_date"),
    partition_by=("measured_date",),
    rules=(
        Rule("dead_with_readings", "(verdict IN ('dead', 'silent')) = (reading_count = 0)", Severity.FAIL,
             "What has no reading is dead or silent, and only that"),
    ),
    retention_days=30,
)  # fmt: skip
