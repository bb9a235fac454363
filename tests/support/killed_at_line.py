"""Runs a command of `assay` and kills it as it comes to a line of some module for the n-th time.

``python -m tests.support.killed_at_line FILE NUMBER COMMAND [options]``: lines of the file are counted as they run,
from 1, in whatever function. Exits as the command does where it runs fewer.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from jobs import cli

REPO = Path(__file__).resolve().parents[2]


def main() -> int:
    file, number, *words = sys.argv[1:]
    path, seen = str(REPO / file), 0

    def count(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal seen
        if event == "line" and frame.f_code.co_name != "<module>":
            seen += 1
            if seen == int(number):
                os.kill(os.getpid(), signal.SIGKILL)
        return count

    sys.settrace(lambda frame, _, __: count if frame.f_code.co_filename == path else None)
    return cli.main(words)


if __name__ == "__main__":
    sys.exit(main())
