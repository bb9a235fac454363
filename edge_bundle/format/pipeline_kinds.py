"""The closed sets of words that a pipeline's document uses."""

STATISTICS = ("mean", "deviation", "minimum", "maximum", "last", "slope", "warning_share")
FEATURE_KINDS = ("window", "event_count", "hours_since", "attribute", "level")
EVENT_FEEDS = {"maintenance": "maintenance", "failures": "failure", "errors": "error"}
"""Feed of events -> the event kind that features name."""
FEEDS = ("readings", "machines", *EVENT_FEEDS)
FORMATS = ("jsonl", "json", "csv", "influx")
KEEPS = ("latest", "largest", "smallest", "first", "none", "version")
"""Which of several values of one sensor, metric and time is stored: as in `domain.conflicts`."""
SHAPES = ("long", "wide_by_metric", "wide_by_machine")
EPOCH_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}
