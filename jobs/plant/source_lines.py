"""The text of some lines of a file, for people to look at."""

import io
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from bronze.readers.text.content import CHUNK, Content
from expectations.mapping.mapping import Mapping

TEXT_FORMATS = ("jsonl", "csv")
_LONGEST = 300


def source_lines(opened: Callable[[], io.RawIOBase], mapping: Mapping, numbers: AbstractSet[int]) -> dict[int, str]:
    """Line number -> text, cut at 300 characters; nothing for a format without lines."""
    if mapping.format not in TEXT_FORMATS or not numbers:
        return {}
    found: dict[int, str] = {}
    with opened() as stream:
        content = Content(stream.read(CHUNK) or b"", stream)  # type: ignore[arg-type]  # a raw stream is enough
        rest, number, most = b"", 1, max(numbers)
        for chunk in content.chunks():
            *lines, rest = (rest + chunk).split(b"\n")
            found |= {at: _shown(line) for at, line in enumerate(lines, number) if at in numbers}
            number += len(lines)
            if number > most:
                return found
    return found | ({number: _shown(rest)} if number in numbers else {})


def _shown(line: bytes) -> str:
    text = line.decode("utf-8", errors="backslashreplace").strip("\r\n")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
