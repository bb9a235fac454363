"""Gold: what came of each gateway on each day, how much of it is wrong, and how late it was delivered."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID

_NONE = "null where no file says when readings of the day came"


def _count(name: str, words: str) -> Column:
    return Column(name, "bigint", words, nullable=False, minimum=0)


def _after(name: str, words: str) -> Column:
    return Column(name, "double", f"{words}; {_NONE}", unit="s", minimum=0)


GATEWAY_DAILY = Table(
    "gold", "gateway_daily",
    "What came of each gateway of a factory by UTC day: readings, share that is wrong, how late they came. Each "
    "sensor, metric and time counts once for a gateway; one that came by two gateways counts for both. The columns "
    "delivered_... tell of deliveries: they follow from the times of the files that were seen, the earliest that has a "
    "reading counts, and a file that grew before anybody looked is one delivery with its last time",
    (
        FACTORY_ID,
        Column("gateway_id", "string", "Gateway, as sent; null where the records name none"),
        Column("mapping", "string", "Mapping of the files, where their records name no gateway; else null"),
        Column("day", "date", "UTC day of the readings; one that only wrong clocks state has no row", nullable=False),
        Column("last_reading_at", "timestamp", "Newest reading whose time can be true; null without any", unit="UTC"),
        _count("accepted_count", "Readings that are in silver.readings, or equal one that is"),
        _count("quarantined_count", "Readings of which each record is set aside, by a fault other than of its time"),
        _count("clock_suspect_count", "Readings that state the day, with a time that cannot be true, such as one "
               "that runs ahead; all of them are in gold.clock_suspects"),
        Column("bad_frac", "double", "(quarantined_count + clock_suspect_count) / (these and accepted_count)",
               nullable=False, minimum=0, maximum=1),
        Column("delivered_last_at", "timestamp", f"When the last of the readings came; {_NONE}", unit="UTC"),
        _after("delivered_after_p50_s", "Median of the times from readings to the files that brought them"),
        _after("delivered_after_p95_s", "What 95 of 100 of these times do not exceed"),
        _after("delivered_after_max_s", "The longest of them"),
        _count("delivered_late_count", "Readings that came later than the deadline of the plant for fresh tables "
               "(`freshness` of the profile) after they were measured"),
        _count("delivered_unknown_count", "Readings with a true time that each of their files is older than: nobody "
               "knows when they came"),
    ),
    key=("factory_id", "gateway_id", "mapping", "day"),
    partition_by=("day",),
    rules=(
        Rule("two_sources", "gateway_id IS NULL OR mapping IS NULL", Severity.FAIL,
             "A mapping is named only where no gateway is"),
        Rule("delivered_more_than_came",
             "delivered_late_count + delivered_unknown_count <= accepted_count + quarantined_count", Severity.FAIL,
             "Deliveries are counted of readings with a true time"),
        Rule("delivered_half_known", "(delivered_last_at IS NULL) = "
             "(delivered_unknown_count = accepted_count + quarantined_count) AND "
             "(delivered_last_at IS NULL) = (delivered_after_p50_s IS NULL)", Severity.FAIL,
             "There are times of delivery where a file tells them"),
        Rule("delivered_order", "delivered_after_p50_s IS NULL OR (delivered_after_p50_s <= delivered_after_p95_s AND "
             "delivered_after_p95_s <= delivered_after_max_s)", Severity.FAIL, "Quantiles go up"),
    ),
    retention_days=30,
)  # fmt: skip

CLOCK_SUSPECTS = Table(
    "gold", "clock_suspects",
    "Readings of each gateway of a factory whose time cannot be true, by the UTC day that they state: before the plant "
    "began, or ahead of the file that brought them. Their days are none of the plant's",
    (
        FACTORY_ID,
        Column("gateway_id", "string", "Gateway, as sent; null where the records name none"),
        Column("mapping", "string", "Mapping of the files, where their records name no gateway; else null"),
        Column("stated_date", "date", "UTC day of the readings, as stated", nullable=False),
        _count("reading_count", "Readings; each sensor, metric and time counts once for a gateway"),
        Column("stated_first_at", "timestamp", "The earliest time that they state", unit="UTC", nullable=False),
        Column("stated_last_at", "timestamp", "The latest", unit="UTC", nullable=False),
        Column("delivered_first_at", "timestamp", f"When the first of them came, by its file; {_NONE}", unit="UTC"),
        Column("delivered_last_at", "timestamp", f"When the last of them came; {_NONE}", unit="UTC"),
    ),
    key=("factory_id", "gateway_id", "mapping", "stated_date"),
    partition_by=("stated_date",),
    retention_days=30,
)  # fmt: skip
