"""Secrets of `[alerts]`: from a variable, or from a file that only its owner can read."""

from pathlib import Path

from lakehouse.errors import SettingsError

_MOST_BYTES = 4096


def secret(name: str, value: str | None, file: Path | None) -> str | None:
    """The secret, its file's line end left out; None where neither is set.

    Raises:
        SettingsError: Both are set; or the file is not there, is empty, or can be read by others.
    """
    if value is not None and file is not None:
        raise SettingsError(f"alerts.{name} and alerts.{name}_file are both set; legal: one of them")
    if file is None:
        return value
    try:
        if file.stat().st_mode & 0o077:
            raise SettingsError(f"alerts.{name}_file {file} can be read by others; set it right with chmod 600 {file}")
        with file.open(encoding="utf-8") as source:
            text = source.read(_MOST_BYTES).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"alerts.{name}_file {file} cannot be read: {exc}; legal: a file with one line") from exc
    if not text or any(sign in text for sign in "\r\n\0"):
        raise SettingsError(f"alerts.{name}_file {file} does not hold one line; write the secret into it")
    return text
