"""Which version scores beside the champion, without a request."""

from jobs.models import registry
from lakehouse.plant import Plant
from ml.gates.registry import CHALLENGER, CHAMPION, ModelVersion, holder, retired


def shadow_version(plant: Plant) -> ModelVersion | None:
    """The version trained last, where it predicts failures and is not the champion; None where there is none.

    Its gate may have refused it, a person may still have to say yes, or a rollback may have taken it back.
    """
    history = registry.aliases(plant)
    name = holder(history, CHALLENGER)
    if name is None or name == holder(history, CHAMPION) or name in retired(history):
        return None
    row = registry.version(plant, name)
    return row if row is not None and row.horizon is not None else None
