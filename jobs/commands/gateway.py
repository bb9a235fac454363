"""`assay gateway replay|zipapp`: the gateway process on replayed files, or as one file to copy to a device."""

import argparse
from pathlib import Path

from jobs.edge.gateway_names import ZIPAPP
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which files, and as which gateway; where the one file goes."""
    parser.add_argument(
        "action", choices=["replay", "zipapp"],
        help="feed recorded files through a gateway; write the gateway as one file for devices",
    )  # fmt: skip
    parser.add_argument(
        "files", type=Path, nargs="*", help="replay: files, or folders in landing; default: all of landing"
    )
    parser.add_argument("--out", type=Path, default=ZIPAPP, metavar="FILE", help=f"zipapp: default {ZIPAPP}")
    parser.add_argument("--recorded", metavar="FACTORY", help="replay what silver holds of a factory, not files")
    parser.add_argument("--grace", type=int, default=0, metavar="SECONDS",
        help="replay: score a time once a reading this much later has come; late ones fit in; default 0")  # fmt: skip
    parser.add_argument("--gateway-id", default="gateway-1", help="name of the gateway; default gateway-1")
    parser.add_argument("--uplink", type=Path, help="folder for scores and alerts; default: <landing>/uplink/<gateway>")
    parser.add_argument("--features-out", type=Path, help="write every scored vector as JSON Lines")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Replay, or write the gateway as one file. Raises: as `replay` and `write_gateway`."""
    return _zipapp(args, settings) if args.action == "zipapp" else _replay(args, settings)


def _zipapp(args: argparse.Namespace, settings: Settings) -> RunReport:
    from jobs.edge.gateway_file import write_gateway

    del settings
    if args.files:
        raise UsageError(f"got {args.files[0]}; zipapp takes no files, --out says where the one file goes")
    return write_gateway(args.out)


def _replay(args: argparse.Namespace, settings: Settings) -> RunReport:
    from jobs.edge.replaying import Replay, replay

    asked = Replay(args.as_of, args.gateway_id, args.files, args.recorded, args.grace, args.uplink, args.features_out)
    return replay(settings, asked)
