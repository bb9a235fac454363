"""A page that a person wants as a file: never inside the lake."""

from pathlib import Path

from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError


def check_page(option: str, file: Path, example: str, settings: Settings) -> None:
    """Refuse a file that is no place for a page.

    Args:
        option: The option that named it.
        file: The file.
        example: Name of such a file, for the error.
        settings: Where the lake is.

    Raises:
        UsageError: It is inside the lake, or is a folder.
    """
    if file.resolve().is_relative_to(settings.lake.resolve()):
        raise UsageError(f"{option} {file} lies inside the lake {settings.lake}; legal: a file outside it")
    if file.is_dir():
        raise UsageError(f"{option} {file} is a folder; legal: a file such as {file / example}")


def write_page(option: str, file: Path, text: str) -> None:
    """Write the page.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise UsageError(f"{option} {file}: {exc.strerror}; legal: a file in a folder you may write") from exc
