"""``python -S -m edge_bundle.gateway``: the gateway's command."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

from edge_bundle.format.errors import BundleError
from edge_bundle.format.runtime import RUNTIME
from edge_bundle.gateway.clocks.clock import Clock, FixedWallClock, SystemClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.errors import ConfigError, GatewayError, SourceError
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import Call, run
from edge_bundle.gateway.state_file.state_file import STATE_BYTES
from edge_bundle.gateway.trust.loading import this_device
from edge_bundle.gateway.uplink.folder import FolderUplink

_log = logging.getLogger(__name__)
DONE, UNEXPECTED, USAGE, REFUSED = 0, 1, 2, 3
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    root = argparse.ArgumentParser(prog="assay-gateway", description="Scores machines on the spot, offline.")
    root.add_argument("--version", action="version", version=f"assay-gateway {RUNTIME}")
    commands = root.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run", help="load a bundle, take readings, score, raise alerts, write uplink files")
    one.add_argument("--bundle", type=Path, required=True, metavar="FILE", help="signed bundle")
    one.add_argument("--trusted-key", action="append", required=True, metavar="HEX", help="public key; may be repeated")
    one.add_argument("--threshold", type=int, default=1, metavar="K", help="so many of the keys must have signed")
    one.add_argument("--plant", metavar="NAME", help="plant that this device serves (default: the bundle's)")
    one.add_argument("--hardware", action="append", metavar="NAME", help="name of this hardware; may be repeated")
    one.add_argument("--downgrade-to", type=int, metavar="BUILD", help="go back on purpose to the bundle's build")
    one.add_argument("--kernel-dir", metavar="DIR", help=argparse.SUPPRESS)
    one.add_argument("--state", type=Path, required=True, metavar="DIR", help="folder of the state file")
    one.add_argument("--uplink", type=Path, required=True, metavar="DIR", help="folder for scores and alerts")
    one.add_argument("--gateway-id", required=True, metavar="G", help="this gateway's name")
    one.add_argument("--grace-s", type=int, default=0, metavar="N", help="wait this long for late sensors (default 0)")
    one.add_argument(
        "--acknowledge", action="store_true", help="with --stdin: say on stdout how many lines are durable"
    )
    one.add_argument(
        "--state-bytes", type=int, default=STATE_BYTES, metavar="N", help="largest state file (default 1 GiB)"
    )
    one.add_argument("--features-out", type=Path, metavar="FILE", help="write every scored vector as JSON Lines")
    one.add_argument(
        "--as-of", metavar="TIME", help="replay: the clock, ISO 8601 with a zone (default: this machine's)"
    )
    given = one.add_mutually_exclusive_group(required=True)
    given.add_argument("--replay", nargs="+", type=Path, metavar="FILE", help="files that the bundle's sources read")
    given.add_argument(
        "--files-from", type=Path, metavar="FILE", help="as --replay: a file of their names, each ended by a NUL"
    )
    given.add_argument("--stdin", action="store_true", help="JSON Lines in the lakehouse's own columns")
    return root


def call_of(args: argparse.Namespace) -> Call:
    """The call that the arguments spell.

    Raises:
        ConfigError: A key or the gateway's name is not legal, or the list of files cannot be read.
    """
    if args.acknowledge and not args.stdin:
        raise ConfigError("--acknowledge is for --stdin; a replay goes on where it was by itself")
    try:
        keys = tuple(bytes.fromhex(text) for text in args.trusted_key)
    except ValueError as exc:
        raise ConfigError(f"--trusted-key: {exc}; legal is a raw Ed25519 key, 64 hexadecimal characters") from exc
    if not 1 <= args.threshold <= len(set(keys)):
        raise ConfigError(
            f"--threshold {args.threshold}; legal: 1 to {len(set(keys))}, the number of different keys of --trusted-key"
        )
    if args.kernel_dir is not None:
        _log.warning("--kernel-dir %s is passed over: the bundle brings its own library", args.kernel_dir)
    return Call(
        bundle=args.bundle,
        trusted_keys=keys,
        state_folder=args.state,
        uplink=FolderUplink(args.uplink, args.gateway_id),
        config=GatewayConfig(args.gateway_id, grace_s=args.grace_s, state_bytes=args.state_bytes),
        replay=tuple(args.replay or ()) if args.files_from is None else listed_files(args.files_from),
        features_out=args.features_out,
        threshold=args.threshold,
        downgrade_to=args.downgrade_to,
        device=this_device(args.plant, args.hardware or ()),
        is_acknowledging=args.acknowledge,
    )


def listed_files(path: Path) -> tuple[Path, ...]:
    """The files that a list names, each name ended by a NUL: a command line holds no more than some megabytes.

    Raises:
        ConfigError: The list cannot be read, or names no file.
    """
    try:
        names = path.read_bytes().split(b"\0")
    except OSError as exc:
        raise ConfigError(
            f"--files-from {path}: {exc.strerror}; legal is a file of names, each ended by a NUL"
        ) from exc
    found = tuple(Path(os.fsdecode(name)) for name in names if name)
    if not found:
        raise ConfigError(f"--files-from {path} names no file; legal is one name or more, each ended by a NUL")
    return found


def clock_of(args: argparse.Namespace) -> Clock:
    """What tells the time: this machine, or for a replay the instant that was given.

    Raises:
        ConfigError: It is no instant, or live input would be dated by a clock that does not move.
    """
    if args.as_of is None:
        return SystemClock()
    if args.stdin:
        raise ConfigError("--as-of is for --replay; live input uses this machine's clock")
    try:
        at = datetime.fromisoformat(args.as_of.replace("Z", "+00:00"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ConfigError(f"--as-of {args.as_of}; legal: ISO 8601 with a zone, such as 2026-11-21T06:00:00Z")
    return FixedWallClock((at - _EPOCH) // timedelta(microseconds=1))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command: 0 done, 1 unexpected, 2 usage, 3 bundle refused, 128 + n ended by signal n."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    args = parser().parse_args(argv)
    stop = StopSignal()
    stop.listen()
    try:
        report = run(call_of(args), stop, clock_of(args))
    except BundleError as exc:
        return _fail(f"bundle refused: {exc}", REFUSED)
    except (ConfigError, SourceError) as exc:
        return _fail(str(exc), USAGE)
    except (GatewayError, OSError, sqlite3.Error) as exc:
        return _fail(str(exc), UNEXPECTED)
    sys.stdout.write(json.dumps(asdict(report)) + "\n")
    if report.stopped_by:
        return 128 + report.stopped_by
    return UNEXPECTED if report.uplink_error or report.state_error else DONE


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"assay-gateway: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
