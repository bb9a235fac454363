"""The jars that the engine needs, as `setup/jars.txt` pins them: by coordinates and digest."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).parents[2] / "setup" / "jars.txt"


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar: its Maven coordinates and the SHA-256 of its bytes, hex."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The name under which the resolver hands it out and under which it is stored."""
        return f"{self.group}_{self.artifact}-{self.version}.jar"

    def fault(self, path: Path) -> str | None:
        """What is wrong with the file at `path`; None where it is this jar, byte for byte."""
        if not path.is_file():
            return f"{path} is not there"
        got = hashlib.sha256(path.read_bytes()).hexdigest()
        return None if got == self.sha256 else f"{path.name} has SHA-256 {got}; legal: {self.sha256}"


def pinned_jars() -> tuple[Jar, ...]:
    """The jars of the lock, in its order."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    return tuple(_jar(line) for line in lines if not line.startswith("#"))


def _jar(line: str) -> Jar:
    coordinates, sha256 = line.split()
    group, artifact, version = coordinates.split(":")
    return Jar(group, artifact, version, sha256)
