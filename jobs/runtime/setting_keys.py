"""The settings there are: what each means, which values are legal, how a text becomes a value."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expectations.errors import ContractError
from jobs.runs.expected import expected_runs
from lakehouse.errors import SettingsError
from lakehouse.log import LEVELS

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ENGINE = re.compile(r"auto|local|sc://(\[[0-9A-Fa-f:]+\]|[^/:;\s]+):\d{1,5}(/(;[^\s]*)?)?")
# What must not be shown of an address, well formed or not: the value of a token, and who stands before an @.
_SECRET = re.compile(r"(?i)(?<=token=)[^;'\"]+|(?<=://)[^/@\s]+(?=@)|(?<=token = )[^;'\"]+")
_MEMORY = re.compile(r"[1-9]\d*[mg]")

Reader = Callable[[Any, Path], Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: its name, meaning, legal values, and the reader that turns a raw value into a typed one.

    `show` takes out of a value's text what must not be seen. A `secret` is never shown and never read from a file.
    """

    name: str
    meaning: str
    legal: str
    read: Reader
    show: Callable[[str], str] = str
    secret: bool = False

    def parse(self, raw: object, base: Path, where: str) -> Any:
        """The typed value of `raw`; relative folders are taken from `base`.

        Raises:
            SettingsError: The value is not legal; `where` says which file, variable or option holds it.
        """
        try:
            return self.read(raw, base)
        except (ValueError, TypeError) as exc:
            reason = f" ({exc})" if isinstance(exc, LegalError) else ""
            raise SettingsError(f"{where} = {self._refused(raw)}{reason}; legal: {self.legal}") from exc

    def shown(self, value: object) -> str:
        """The value as it may be shown."""
        if value is None:
            return ""
        if self.secret:
            return "***"
        return self.show(", ".join(value) if isinstance(value, tuple) else str(value))

    def _refused(self, raw: object) -> str:
        """A value that was refused, as it may be shown; of an address that is none, nothing can be known to be safe."""
        if self.secret or self.show not in (str, without_secrets):
            return "***"
        return without_secrets(repr(raw))


class LegalError(ValueError):
    """A refusal that adds something to the list of legal values."""


def masked(name: str, value: object) -> str:
    """The value as it may be shown: a token in an engine's address is hidden."""
    return KEYS[name].shown(value)


def without_secrets(text: str) -> str:
    """The text with stars in place of tokens and of names and passwords in addresses."""
    return _SECRET.sub("***", text)


def _text(raw: object, legal: re.Pattern[str]) -> str:
    if not isinstance(raw, str) or legal.fullmatch(raw) is None:
        raise ValueError
    return raw


def read_folder(raw: object, base: Path) -> Path:
    """The absolute path of a folder or file; a relative one is taken from `base`."""
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError
    if _URL.match(raw):
        raise LegalError("addresses such as s3:// come later")
    return (base / Path(raw).expanduser()).absolute()


def _plant(raw: object, base: Path) -> str:
    name = _text(raw, re.compile(r"[^\s].*"))
    if _URL.match(name):
        raise LegalError("addresses such as s3:// come later")
    is_path = "/" in name or name.startswith((".", "~"))
    return str((base / Path(name).expanduser()).absolute()) if is_path else name


def _cores(raw: object, _base: Path) -> int:
    if isinstance(raw, bool) or not isinstance(raw, (int, str)) or int(raw) < 1:
        raise ValueError
    return int(raw)


def _level(raw: object, _base: Path) -> str:
    return _text(raw, re.compile("|".join(LEVELS)))


def _expected_runs(raw: object, _base: Path) -> str:
    text = _text(raw, re.compile(r".+"))
    try:
        expected_runs(text)
    except ContractError as exc:
        raise LegalError(str(exc)) from exc
    except ValueError as exc:
        raise LegalError(f"{exc} is no pair") from exc
    return text


def _percentage(raw: object, _base: Path) -> str:
    return _text(raw, re.compile(r"[1-9][0-9]?%"))


def _engine(raw: object, _base: Path) -> str:
    return _text(raw, _ENGINE)


def _memory(raw: object, _base: Path) -> str:
    return _text(raw, _MEMORY)


_DECLARED = (
    Key("lake", "the lake's root: where the tables are", "a folder", read_folder),
    Key("landing", "where files of gateways and plant systems arrive", "a folder", read_folder),
    Key("plant", "the plant that this lake belongs to", "a plant's name, or a folder that holds profile.toml", _plant),
    Key(
        "engine",
        "the Spark engine: auto is the one that `assay engine start` keeps, if it runs, else local",
        "auto, local (in this process), or sc://host:port (a Spark Connect server)",
        _engine,
        without_secrets,
    ),
    Key("engine_memory", "memory of an engine that Assay starts", "a whole number with m or g, such as 4g", _memory),
    Key("cores", "cores that an engine started by Assay uses", "a whole number, at least 1", _cores),
    Key("keys", "where signing keys are stored", "a folder outside the lake", read_folder),
    Key(
        "state",
        "where the engine, its leases, the last runs and the alerts are recorded",
        "a folder outside the lake",
        read_folder,
    ),
    Key("airflow_home", "the home of the local Airflow", "a folder outside the lake", read_folder),
    Key(
        "expected_runs",
        "how often jobs and DAGs end well at least: `assay status` calls them late after that",
        "name=time pairs with commas, such as ingest=2h, monitor_daily=26h; or none",
        _expected_runs,
    ),
    Key("least_free", "the free part of a disk below which it counts as nearly full", "1% to 99%", _percentage),
    Key("log_level", "the least serious log record that is shown", ", ".join(LEVELS), _level),
)
KEYS = {key.name: key for key in _DECLARED}
