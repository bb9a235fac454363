"""What one look at something says."""

from dataclasses import dataclass
from enum import StrEnum

RIGHTS = "run as its owner, or correct its permissions"
MOUNT = "look into the system's log why it is mounted read-only, a disk with faults is, and mount it for writing again"


class Level(StrEnum):
    """How urgent a finding is: fine, worth knowing, or in the way of work."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, and what to do where it is not fine."""

    subject: str
    level: Level
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.level:<4}  {self.subject:<8}  {self.found}{remedy}"
