"""A gateway's run that kills itself at its n-th step; started by the tests as a process of its own.

Steps are the moments around which something becomes lasting: each item taken, each commit, fsync, rename and
acknowledgement, before and after.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


class Killer:
    """Counts steps; at the given one the process dies as by a power cut."""

    def __init__(self, deadly: int) -> None:
        self.left = deadly

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        """Make every call of an attribute two steps."""
        inner: Callable[..., Any] = getattr(owner, name)

        def outer(*args: Any, **kwargs: Any) -> Any:
            self.step()
            result = inner(*args, **kwargs)
            self.step()
            return result

        setattr(owner, name, outer)


def main(argv: list[str]) -> int:
    """`deadly`, bundle, key, folder of state and uplink, files."""
    sys.path.insert(0, str(ROOT))
    from edge_bundle.gateway import service  # noqa: PLC0415  # the path is set only now: -I leaves it out
    from edge_bundle.gateway.config import GatewayConfig  # noqa: PLC0415  # as above
    from edge_bundle.gateway.run.stop_signal import StopSignal  # noqa: PLC0415  # as above
    from edge_bundle.gateway.scoring.engine import Engine  # noqa: PLC0415  # as above
    from edge_bundle.gateway.state_file.state_file import StateFile  # noqa: PLC0415  # as above
    from edge_bundle.gateway.uplink.folder import FolderUplink  # noqa: PLC0415  # as above
    from edge_bundle.gateway.uplink.outbox import Outbox  # noqa: PLC0415  # as above

    deadly, bundle, key, folder, *files = argv
    killer = Killer(int(deadly))
    for owner, name in (
        (Engine, "accept"),
        (StateFile, "write_held"),
        (StateFile, "merge"),
        (os, "fsync"),
        (Path, "replace"),
        (Outbox, "begin_batch"),
        (Outbox, "acknowledge"),
    ):
        killer.around(owner, name)
    config = GatewayConfig("g1", commit_every=40, batch_rows=7, merge_readings=100)
    call = service.Call(
        Path(bundle),
        (bytes.fromhex(key),),
        Path(folder) / "state",
        FolderUplink(Path(folder) / "uplink", "g1"),
        config,
        tuple(Path(file) for file in files),
    )
    service.run(call, StopSignal())
    sys.stdout.write(f"{killer.left}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
