"""Gold: scores of a challenger beside the champion's: nothing is requested by them."""

from expectations.feeds import MODEL_SCORES, NOT_SCORED_REASON
from expectations.tables.contract import Column, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID, SCORED_AT

SHADOW = "shadow"
"""Source of such scores in `gold.model_performance`."""

SHADOW_PREDICTIONS = Table(
    "gold", "shadow_predictions",
    "Scores of the version that was trained last and is not champion, of times that it had not seen, append only: no "
    "alarm, work list or figure of the champion follows from them",
    (
        MACHINE_ID, FACTORY_ID, SCORED_AT,
        Column("scored_date", "date", "UTC date of the grid time", nullable=False),
        Column("model_version", "string", "Version that scored", nullable=False),
        Column("margin", "double", "Failure model's float32 margin", unit="1"),
        Column("probability", "double", "Probability of failure within the version's horizon", unit="1", minimum=0,
               maximum=1),
        Column("path_length", "double", "Isolation Forest's sum of path lengths", unit="1"),
        Column("feature_digest", "string", "Digest of the feature vector", nullable=False),
        Column("decision", "string", "What the score would request by the version's own thresholds", nullable=False,
               allowed=("none", "watch", "maintain", "stop_request")),
        Column(MODEL_SCORES.name, MODEL_SCORES.type, MODEL_SCORES.description),
        Column(NOT_SCORED_REASON.name, NOT_SCORED_REASON.type, NOT_SCORED_REASON.description),
        Column("made_at", "timestamp", "When the score was made, by the clock of the run", unit="UTC", nullable=False),
    ),
    key=("machine_id", "factory_id", "scored_at", "model_version"),
    partition_by=("scored_date",),
    retention_days=30,
)  # fmt: skip
