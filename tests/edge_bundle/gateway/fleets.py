"""Many gateways in this process on one virtual clock, each over machines of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import Any

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.embedded import EmbeddedGateway
from tests.edge_bundle.gateway.plant_files import BEGIN_S, reading_records
from tests.edge_bundle.gateway.plants import US

MINUTES, TICK_S = 15, 20
SEEDS = 25
BEGIN_US = BEGIN_S * US
END_US = BEGIN_US + MINUTES * 60 * US


def config(number: int) -> GatewayConfig:
    """A gateway that commits and sends every few ticks, and merges its journal twice."""
    timed = GatewayConfig(f"g{number}", commit_s=60.0, alert_s=60.0, send_s=300.0, close_every_s=20.0)
    return replace(timed, merge_readings=80, reserve_bytes=0)


def machine_lines(number: int) -> list[bytes]:
    """Master data of a gateway's two machines."""
    return [_named(line, number) for line in _machines()]


def reading_lines(number: int) -> list[list[bytes]]:
    """The readings of a gateway, tick after tick; no two gateways have a machine in common."""
    return [[_named(line, number) for line in tick] for tick in _readings(number % SEEDS)]


def _named(line: bytes, number: int) -> bytes:
    return line.replace(b'"m1', b'"g%d-m1' % number).replace(b'"m2', b'"g%d-m2' % number)


@lru_cache(maxsize=1)
def _machines() -> list[bytes]:
    named = {"feed": "machines", "factory_id": "f1", "valid_from": "2020-01-01T00:00:00Z"}
    return [
        json.dumps(
            {**named, "machine_id": machine, "machine_model": "a", "attributes": json.dumps({"age_years": age})}
        ).encode()
        for machine, age in (("m1", "7"), ("m2", "12"))
    ]


@lru_cache(maxsize=SEEDS)
def _readings(seed: int) -> list[list[bytes]]:
    records = reading_records(seed + 1, MINUTES)
    ticks = groupby(records, key=lambda record: record["measured_at"])
    return [[json.dumps(record).encode() for record in tick] for _, tick in ticks]


def run(gateways: Sequence[tuple[int, EmbeddedGateway]], clock: VirtualClock) -> int:
    """Feed every gateway its lines, all tick by tick; how many lines that were."""
    count = 0
    streams: list[tuple[EmbeddedGateway, Iterator[list[bytes]]]] = []
    for number, gateway in gateways:
        for line in machine_lines(number):
            gateway.take(line)
        streams.append((gateway, iter(reading_lines(number))))
    for _ in range(MINUTES * 60 // TICK_S):
        for gateway, ticks in streams:
            for line in next(ticks):
                gateway.take(line)
                count += 1
        clock.advance(TICK_S * US)
    for _, gateway in gateways:
        gateway.finish()
    return count


def comparable(records: Sequence[dict[str, Any]]) -> list[str]:
    """Records as text in an order of their own, without their numbers and what was measured."""
    own = ("sequence", "latency_us", "made_us")
    return sorted(json.dumps({k: v for k, v in record.items() if k not in own}, sort_keys=True) for record in records)
