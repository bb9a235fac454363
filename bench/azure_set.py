"""The Azure set's folder, as the benches that read it are asked for it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.measure import SMALL

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "azure_pdm"


def folder_asked_for(argv: Sequence[str] | None, doc: str | None) -> tuple[Path, bool] | None:
    """The folder of the set and whether the size is small; None, and a line that says why, where it is absent."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder of the Azure set (default: beside the checkout)"
    )
    parser.add_argument("--small", action="store_true", help=SMALL)
    arguments = parser.parse_args(argv)
    if arguments.data.exists():
        return arguments.data, arguments.small
    print("the Azure set is not on this machine: nothing is measured; give its folder by --data")
    return None
