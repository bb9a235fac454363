"""Which version waits for a person's yes, read from the registry."""

from jobs.models import registry
from lakehouse.plant import Plant
from ml.gates.registry import CHALLENGER, holder, retired
from ml.policy import Policy


def waiting_version(plant: Plant, policy: Policy) -> str | None:
    """The challenger that passed its gate, where the policy asks for a person; None where none waits.

    One that a rollback took back, or that was retired, waits for nobody.
    """
    if not policy.promotion_approvals:
        return None
    history = registry.aliases(plant)
    version, champion = holder(history, CHALLENGER), registry.champion(plant)
    if version is None or version == champion or version in retired(history) or registry.taken_back(history, version):
        return None
    made = registry.decision(plant, version, champion)
    return version if made is not None and made.is_promoted else None
