"""The part of the model card on what each training came to."""

from dataclasses import dataclass

from report.formats import moment
from report.queries.answers import GateAnswer


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One training: when, its version, against which, asked for why, the gate's answer, and what decided."""

    when: str
    version: str
    against: str
    reason: str
    came: str
    verdict: str
    why: tuple[str, ...]


def answer_lines(answers: tuple[GateAnswer, ...]) -> tuple[AnswerLine, ...]:
    """A line for each; none where there is one answer alone, which the card shows whole."""
    if len(answers) < 2:
        return ()
    return tuple(
        AnswerLine(
            moment(one.decided_at), one.version, one.champion or "no champion", one.reason or "no reason given",
            "became champion" if one.is_promoted else "refused", one.verdict, one.why,
        )
        for one in answers
    )  # fmt: skip
