"""The alert that a state file was damaged: a person must know, for its card may be worn out."""

from __future__ import annotations

from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.scoring.scoring import EngineContext
from edge_bundle.gateway.state_file.refill import DAMAGE

STATE_DAMAGED = "STATE_DAMAGED"


def raise_damage_alert(context: EngineContext, saved: str) -> None:
    """Put the alert, of the gateway itself in the place of a machine, into the outbox, and count it.

    Args:
        context: What the engine works with.
        saved: What could be read of the damaged file, in words.
    """
    now_us, machines = context.clock.wall_us(), context.pipeline.machines
    named = {
        "raised_at": format_us(now_us),
        "machine_id": context.config.gateway_id,
        "factory_id": machines[0].factory_id if machines else context.pipeline.plant,
        "code": STATE_DAMAGED,
        "severity": "CRITICAL",
        "message": f"the state file was damaged and is put aside; {saved}. Look at the card of this gateway",
    }
    context.outbox.add("alerts", named, now_us)
    context.store.count("alerts", 1)
    context.store.put_about(DAMAGE, "")
