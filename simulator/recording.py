"""When what happened is on record: a control writes its codes at once, an office the same day or the next."""

import numpy as np

from simulator.events import Event
from simulator.plant import US, SimulationConfig

# Hours until a person has written it down: within the shift, and of one record in ten by the next day. With the file
# that closes at midnight a record is known within two days; the profile declares these.
_PROMPT_H, _SLOW_H, _SLOW = 8.0, 23.5, 0.1
_LATE_D = (3.0, 10.0)
"""Days until a failure is on record that was forgotten; beyond what the profile declares."""


def recorded_us(feed: str, events: list[Event], config: SimulationConfig) -> list[int]:
    """For each event the time at which its record was written, microseconds since epoch, before the run's end."""
    if feed == "errors":
        return [event.time_us for event in events]
    rng = config.rng("recorded", feed)
    is_slow, part = rng.random(len(events)) < _SLOW, rng.random(len(events))
    hours = np.where(is_slow, _PROMPT_H + part * (_SLOW_H - _PROMPT_H), part * _PROMPT_H)
    if feed == "failures" and config.late_frac:
        forgotten = config.rng("forgotten", feed)
        is_late, days = forgotten.random(len(events)) < config.late_frac, forgotten.uniform(*_LATE_D, len(events))
        hours = np.where(is_late, 24 * days, hours)
    latest = config.start_us + config.days * 86_400 * US - US
    late_s = (hours * 3600).astype(np.int64).tolist()
    return [max(event.time_us, min(event.time_us + s * US, latest)) for event, s in zip(events, late_s, strict=True)]
