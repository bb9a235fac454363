"""What goes wrong with the numbers that gateways give to their records: lost, late, restarted, taken over."""

from dataclasses import replace

import numpy as np

from simulator.plant import Gateway, Machine, SimulationConfig
from simulator.rows import RUN, Rows

_LOST_FRACTION, _LOST_IN_A_ROW, _LATE_IN_A_ROW = 0.004, 12, 15
_RESTARTING = ("jsonl", "csv")
_TAKEN_OVER_AT = 0.6


def own_rows(rows: Rows, machines: tuple[Machine, ...], gateway: Gateway, config: SimulationConfig) -> Rows:
    """The rows that a gateway sends of those of all machines.

    From some moment on the first gateway of a site that has several sends those of the last one's machines too, with
    numbers of its own.
    """
    sites = [machine.gateway for machine in machines if machine.gateway.factory_id == gateway.factory_id]
    first, last = min(sites, key=lambda one: one.gateway_id), max(sites, key=lambda one: one.gateway_id)
    of_gateway = np.array([machine.gateway.gateway_id for machine in machines])[rows.machine]
    is_later = rows.time_us >= config.start_us + int(_TAKEN_OVER_AT * config.days * 86_400_000_000)
    sender = np.where((of_gateway == last.gateway_id) & is_later, first.gateway_id, of_gateway)
    own = rows.take(np.flatnonzero(sender == gateway.gateway_id))
    return replace(own, sequence=np.arange(1, len(own) + 1, dtype=np.int64))


def misnumbered(rows: Rows, gateway: Gateway, config: SimulationConfig) -> Rows:
    """The rows with numbers that begin anywhere and are begun again; some never come, some with the last file."""
    rng = config.rng("numbering", gateway.gateway_id)
    begins, restart = int(rng.integers(5_000, 90_000)), int(rng.uniform(0.3, 0.55) * len(rows))
    place = np.arange(len(rows), dtype=np.int64)
    sequence = begins + place
    if gateway.format in _RESTARTING:
        sequence = np.where(place < restart, sequence, RUN + 1 + place - restart)
    file_day = rows.file_day.copy()
    late = int(rng.uniform(0.1, 0.25) * len(rows))
    file_day[late : late + _LATE_IN_A_ROW] = config.days - 1
    is_lost = rng.random(len(rows)) < _LOST_FRACTION
    burst = int(rng.uniform(0.6, 0.8) * len(rows))
    is_lost[burst : burst + _LOST_IN_A_ROW] = True
    return replace(rows, sequence=sequence, file_day=file_day).take(np.flatnonzero(~is_lost))
