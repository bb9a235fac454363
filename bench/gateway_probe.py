"""The gateway's own command with a stopwatch in it; a process of its own, started by `bench.gateway`.

``python -S -I gateway_probe.py OUT ROOT COMMAND...`` writes what it measured to OUT as JSON: microseconds from the
time in a reading to the end of its decision, bytes written, peak memory, seconds of the processor.
"""

import json
import os
import resource
import sys
import time


def written_bytes() -> int:
    """Bytes that this process sent to storage. Source: proc(5), /proc/pid/io."""
    with open("/proc/self/io", encoding="ascii") as file:  # noqa: PTH123  # pathlib may not be loaded before the gateway
        return next(int(line.split()[1]) for line in file if line.startswith("write_bytes"))


def peak_kb() -> int:
    """Largest resident memory of this program. Source: proc(5), VmHWM; `getrusage` keeps that of the parent."""
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123  # as above
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def main(out: str, root: str, words: list[str]) -> int:
    """Run the gateway, then say what was measured."""
    sys.path.insert(0, root)
    from bench.stopwatch import Stopwatch  # noqa: PLC0415  # the path is set only now
    from edge_bundle.gateway import __main__ as command  # noqa: PLC0415  # the path is set only now
    from edge_bundle.gateway.input.records import Reading  # noqa: PLC0415  # as above
    from edge_bundle.gateway.run.session import Session  # noqa: PLC0415  # as above

    taken, waits = Session.take_line, Stopwatch()

    def timed(self: Session, items: list[object]) -> None:
        taken(self, items)  # type: ignore[arg-type]  # the items of one line
        if items and isinstance(items[0], Reading):
            waits.add(time.time_ns() // 1000 - items[0].measured_us)

    Session.take_line = timed  # type: ignore[assignment,method-assign]  # the stopwatch
    code = command.main(words)
    peak = peak_kb()
    used = resource.getrusage(resource.RUSAGE_SELF)
    found = waits.found() | {
        "written_bytes": written_bytes(),
        "peak_kb": peak,
        "cpu_s": used.ru_utime + used.ru_stime,
    }
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "w") as file:
        json.dump(found, file)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
