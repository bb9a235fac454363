"""What a draft says: a value with the evidence that it rests on, or a question that only a person can answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Noted:
    """A guess.

    Attributes:
        value: What is written.
        evidence: Why, as a comment behind it; empty where it is plain to see.
        question: What a person has to decide; empty where the file says it.
    """

    value: str
    evidence: str = ""
    question: str = ""

    @property
    def comment(self) -> str:
        """The comment behind the value in TOML."""
        parts = [part for part in (self.evidence, f"QUESTION: {self.question}" if self.question else "") if part]
        return f" # {'; '.join(parts)}" if parts else ""
