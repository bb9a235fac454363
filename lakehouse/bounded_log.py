"""A log that another process goes on writing is held below a size: its newest part goes aside, and it begins again."""

import os
from contextlib import suppress
from pathlib import Path

# A day of warnings of an engine takes some 100 kB (measured on the demo): enough for weeks, small beside any lake.
LIMIT_BYTES = 8 * 1024 * 1024


def bound_log(path: Path, limit: int = LIMIT_BYTES) -> bool:
    """Cut a log that is longer than `limit`; whether it was cut.

    Its newest half of the limit, from a whole line on, replaces `<name>.1`, so that both take at most 1.5 times the
    limit. The writer must append (`O_APPEND`); a line that it writes between the copy and the cut is lost. A log that
    is not there or may not be written is left alone: no work depends on it.
    """
    with suppress(OSError):
        if path.stat().st_size <= limit:
            return False
        with path.open("r+b") as log:
            log.seek(-(limit // 2), os.SEEK_END)
            newest = log.read().partition(b"\n")[2]
            draft = path.with_name(f"{path.name}.draft")
            draft.write_bytes(newest)
            draft.replace(path.with_name(f"{path.name}.1"))
            log.truncate(0)
        return True
    return False
