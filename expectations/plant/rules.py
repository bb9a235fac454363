"""`[[rules]]` of a profile: what the plant itself asks of its tables, of each row or of several tables together."""

import re
from dataclasses import dataclass

from expectations.errors import ProfileError, unknown_name
from expectations.plant.toml_reader import Section
from expectations.tables.contract import Severity

_NAME = re.compile(r"[a-z][a-z0-9_]{2,59}")
_LEGAL_NAME = "3 to 60 small letters, digits and underscores, a letter first, such as pressure_while_running"
# The rows of a question are rows of no table: there is nothing that could be set aside.
_OF_QUESTIONS = (Severity.FAIL, Severity.WARN)


@dataclass(frozen=True, slots=True)
class PlantRule:
    """One rule: a condition of each row of its table, or a question to which no row is the right answer.

    Attributes:
        name: Its stable name, which is the fault code of a row that breaks it.
        table: The table that it belongs to, `layer.subject`.
        severity: What happens where it is broken.
        meaning: One line for people.
        condition: SQL that is true of a good row, over the columns of the table; empty of a question.
        question: One SELECT over the table and others that returns what is wrong; empty of a condition.
        by_date: Of a question: it holds date by date, so that only dates that changed are looked at.
        device: Of a rule that sets readings aside: whether gateways have to know it, which none can.
    """

    name: str
    table: str
    severity: Severity
    meaning: str
    condition: str = ""
    question: str = ""
    by_date: bool = False
    device: bool = True


def plant_rules(sections: tuple[Section, ...]) -> tuple[PlantRule, ...]:
    """The tables `[[rules]]`, in the order of the file.

    Raises:
        ProfileError: A missing or unknown key, a name or severity that is not legal, a name that is given twice, or
            both or none of condition and question.
    """
    found: dict[str, PlantRule] = {}
    for section in sections:
        rule = _rule(section)
        if rule.name in found:
            raise ProfileError(f"{section.where}: name {rule.name!r} again; legal: a name of its own for each rule")
        found[rule.name] = rule
    return tuple(found.values())


def _rule(section: Section) -> PlantRule:
    rule = PlantRule(
        name=_name(section),
        table=section.take("table", str),
        severity=_severity(section),
        meaning=_text(section, "meaning"),
        condition=section.take("condition", str, "").strip(),
        question=section.take("question", str, "").strip(),
        by_date=section.take("by_date", bool, False),
        device=section.take("device", bool, True),
    )
    section.finish()
    where = f"{section.where} ({rule.name})"
    if bool(rule.condition) == bool(rule.question):
        got = "both a condition and a question" if rule.condition else "neither a condition nor a question"
        raise ProfileError(f"{where}: got {got}; legal: one of them")
    if rule.question and rule.severity not in _OF_QUESTIONS:
        legal = f"{', '.join(_OF_QUESTIONS)}: the rows that a question returns are rows of no table"
        raise ProfileError(f"{where}: severity = {str(rule.severity)!r} of a question; legal: {legal}")
    if not rule.device and rule.severity is not Severity.QUARANTINE:
        raise ProfileError(f"{where}: device of severity {str(rule.severity)!r}; legal: of quarantine; leave it out")
    if rule.by_date and rule.condition:
        raise ProfileError(f"{where}: by_date of a condition; legal: of a question; leave it out")
    return rule


def _name(section: Section) -> str:
    name: str = section.take("name", str)
    if not _NAME.fullmatch(name):
        raise ProfileError(f"{section.where}: name = {name!r}; legal: {_LEGAL_NAME}")
    return name


def _severity(section: Section) -> Severity:
    word = section.take("severity", str)
    section.keys.legal("severity", list(Severity))
    if word not in list(Severity):
        raise ProfileError(f"{section.where}: {unknown_name('severity', word, list(Severity))}")
    return Severity(word)


def _text(section: Section, key: str) -> str:
    """A text of one line."""
    text: str = section.take(key, str).strip()
    if not text or "\n" in text:
        raise ProfileError(f"{section.where}: {key} = {text!r}; legal: one line of words")
    return text
