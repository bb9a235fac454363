"""How long a line of text may be, and what a blank one is."""

MAX_LINE = 1 << 20
"""Bytes of a legal line, without its end."""
BOM = b"\xef\xbb\xbf"
"""What may stand before the first line of a file; it belongs to none."""
WHITE_SPACE = b" \t\n\r\x0b\x0c"
"""A line of these alone is no record."""
CR_HINT = "a carriage return (CR) alone ends no line of JSON Lines; end lines with a newline (LF)"
"""What a person needs to know whose file ends its lines as JSON Lines do not."""


def is_too_long(line: bytes, limit: int = MAX_LINE) -> bool:
    """Whether a line has more bytes than `limit`, its end not counted."""
    return len(line) > limit and len(line.rstrip(b"\r\n")) > limit
