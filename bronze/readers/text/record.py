"""What the readers of text formats share: a record with its place, and the limit of its length."""

from dataclasses import dataclass

from bronze.readers.record.outcome import Decoded
from domain.record import reasons
from domain.record.faults import Fault
from domain.record.text_lines import CR_HINT, MAX_LINE


@dataclass(frozen=True, slots=True)
class TextRecord:
    """One record of a text file: its first line, its byte offset, its bytes, and what they say."""

    line: int
    offset: int
    raw: bytes
    content: Decoded | Fault


def too_long(size: int, head: bytes) -> Fault:
    """The fault of a line of `size` bytes that begins with `head`."""
    hint = f"; {CR_HINT}" if b"\r" in head.rstrip(b"\r") else ""
    detail = f"the line has {size} bytes; legal: at most {MAX_LINE}; its beginning is stored{hint}"
    return Fault(reasons.LINE_TOO_LONG, detail)


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are valid UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
