"""A field case: what lands, by which mappings, and what has to come of it."""

import os
import shutil
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent
FIRST_DELIVERY = datetime(2026, 11, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Expected:
    """What is right. The README beside says what each means and what holds where it is left out."""

    meaning: str
    readings: list[list[Any]] = field(default_factory=list)
    events: list[list[Any]] = field(default_factory=list)
    counters: list[list[Any]] = field(default_factory=list)
    increments: list[list[Any]] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    events_quarantined: dict[str, int] = field(default_factory=dict)
    records: int | None = None
    blank: int = 0
    duplicate: int = 0
    outcomes: dict[str, str] = field(default_factory=dict)
    says: list[str] = field(default_factory=list)
    says_not: list[str] = field(default_factory=list)
    exit_code: int = 0
    engine: bool = False


@dataclass(frozen=True)
class Case:
    """A folder of `tests/field_cases`."""

    folder: Path

    @property
    def expected(self) -> Expected:
        return Expected(**tomllib.loads((self.folder / "expected.toml").read_text(encoding="utf-8")))

    @property
    def deliveries(self) -> list[Path]:
        """The folders of what lands, in order."""
        return sorted(self.folder.glob("landing*"))

    def make_plant(self, root: Path) -> Path:
        """The case's plant as a folder named `field`."""
        plant = root / "field"
        shutil.copytree(self.folder / "mappings", plant / "mappings")
        own = self.folder / "profile.toml"
        shutil.copy(own if own.exists() else CASES / "profile.toml", plant / "profile.toml")
        return plant

    def deliver(self, number: int, landing: Path) -> None:
        """Copy a delivery over what lies there. Each is a day later than the one before; its files are a second apart.

        A checkout has no modification times of its own.
        """
        source = self.deliveries[number]
        for index, path in enumerate(sorted(path for path in source.rglob("*") if path.is_file())):
            target = landing / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            at = (FIRST_DELIVERY + timedelta(days=number, seconds=index)).timestamp()
            os.utime(target, (at, at))


def cases() -> list[Case]:
    """Every case, by name."""
    return [Case(path.parent) for path in sorted(CASES.glob("*/expected.toml"))]
