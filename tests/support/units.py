"""Units of systemd as their files say: what is started, with which environment, from which folder."""

import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# Source: systemd.exec(5), the PATH that a system service gets.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Unit:
    """One file: every assignment in its order, without its section."""

    name: str
    lines: tuple[tuple[str, str], ...]

    def all(self, key: str) -> list[str]:
        return [value for name, value in self.lines if name == key]

    def last(self, key: str) -> str:
        """The value in force; an assignment of a single value replaces those before."""
        return self.all(key)[-1]

    @property
    def environment(self) -> dict[str, str]:
        given = dict(word.split("=", 1) for value in self.all("Environment") for word in shlex.split(value))
        return {"PATH": SYSTEM_PATH, "USER": self.last("User"), "LANG": "C.UTF-8", **given}

    def commands(self, key: str) -> list[list[str]]:
        """The words of each line; a `-` before it, which lets it fail, is left out. For a `$` systemd reads `$$`."""
        stem = Path(self.name).stem
        lines = [value.removeprefix("-").replace("%N", stem).replace("$$", "$") for value in self.all(key)]
        return [shlex.split(line) for line in lines]


def rendered(checkout: Path, out: Path, *words: str) -> dict[str, Unit]:
    """The units that a checkout renders, by file name."""
    command = [sys.executable, "-m", "setup.render_units", "--out", str(out), *words]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    return {
        path.name: _read(path) for path in sorted(out.iterdir()) if path.suffix in (".service", ".timer", ".target")
    }


def _read(path: Path) -> Unit:
    lines = [line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#")]
    pairs = [line.split("=", 1) for line in lines]
    return Unit(path.name, tuple((name, value) for name, value in pairs))
