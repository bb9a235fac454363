"""Many gateways in one process on one virtual clock, measured: `python -m bench.gateway_fleet --gateways 1000`.

Each has one of the bundle's 200 machines, two sensors read every 20 seconds, and its state in memory. Memory is what
the process grew by, an uplink that keeps nothing; readings a second are of the processor, all gateways together.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.gateway_bundle import MACHINES, METRICS, TRUSTED, sealed
from bench.measure import SMALL, machine_line
from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.embedded import EmbeddedGateway
from edge_bundle.gateway.trust.loading import load
from edge_bundle.gateway.uplink.uplink import Batch

_BEGIN_S, _TICK_S, _US = 1_600_000_200, 20, 1_000_000


class Counted:
    """An uplink that counts records and keeps none."""

    medium = None

    def __init__(self) -> None:
        self.records = 0

    def deliver(self, batch: Batch, lines: Sequence[bytes]) -> str:
        """Count them."""
        self.records += len(lines)
        return batch.feed


def resident_kb() -> int:
    """Resident memory of this process. Source: proc(5), /proc/pid/status."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def lines_at(machine: int, at_s: int) -> list[bytes]:
    """One reading of each of a machine's sensors."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s)).encode()
    form = b'{"sensor_id":"m%03d/%s","machine_id":"m%03d","factory_id":"f1","metric":"%s","value":%d.5,"unit":"%s",'
    return [
        form % (machine, metric.encode(), machine, metric.encode(), 40 + (at_s + machine) % 17, unit.encode())
        + b'"measured_at":"%s"}' % at
        for metric, unit in METRICS.items()
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure many gateways in one process.")
    parser.add_argument("--gateways", type=int, default=1_000, metavar="N")
    parser.add_argument("--small", action="store_true", help=SMALL)
    parser.add_argument("--minutes", type=int, default=15, metavar="N", help="virtual time (default 15)")
    args = parser.parse_args(argv)
    gateways, minutes = (5, 1) if args.small else (args.gateways, args.minutes)
    with tempfile.TemporaryDirectory() as folder:
        bundle = load(sealed(Path(folder)), [bytes.fromhex(TRUSTED)])
    clock, uplink, count = VirtualClock(_BEGIN_S * _US), Counted(), gateways
    before_kb, began_s = resident_kb(), time.process_time()
    config = GatewayConfig("g", commit_s=60.0, alert_s=60.0, send_s=300.0, close_every_s=20.0)
    configs = [replace(config, gateway_id=f"g{at}") for at in range(count)]
    fleet = [EmbeddedGateway(bundle, None, uplink, config, clock) for config in configs]
    open_kb, opened_s = resident_kb(), time.process_time()
    for tick in range(minutes * 60 // _TICK_S):
        for at, gateway in enumerate(fleet):
            for line in lines_at(at % MACHINES, _BEGIN_S + tick * _TICK_S):
                gateway.take(line)
        clock.advance(_TICK_S * _US)
    for gateway in fleet:
        gateway.finish()
    ended_s, readings = time.process_time(), count * len(METRICS) * (minutes * 60 // _TICK_S)
    sys.stdout.write(
        f"{machine_line()}\n"
        f"{count} gateways, {minutes} minutes, {readings} readings, {uplink.records} records sent\n"
        f"open: {(open_kb - before_kb) / count:.0f} KB and {(opened_s - began_s) / count * 1e3:.1f} ms a gateway\n"
        f"after the run: {(resident_kb() - before_kb) / count:.0f} KB a gateway\n"
        f"{readings / (ended_s - opened_s):,.0f} readings a second of one core, lines made included\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
