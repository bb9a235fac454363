"""Named questions: all of them with their meaning, or the answer of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expectations.errors import unknown_name
from expectations.plant.file import profile_folder
from expectations.policy.file import load_policy
from jobs.ask.question_file import NamedQuestion, parse
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.sql.job import Question, answered
from lakehouse.errors import UsageError
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at

_FOLDER, _ENDING = "questions", ".sql"


@dataclass(frozen=True, slots=True)
class Form:
    """How the answer is given: the SQL alone, CSV, JSON, or else a text table."""

    is_shown: bool = False
    as_csv: bool = False
    as_json: bool = False


def questions(settings: Settings) -> Mapping[str, NamedQuestion]:
    """Every question by name: those that ship, and those in the folder `questions` of the plant, which come first.

    Raises:
        UsageError: A file says no meaning, or has a comment that is no parameter.
    """
    policy = {number.name: number.value for number in load_policy(settings.plant)}
    folders = (Path(__file__).parent, profile_folder(settings.plant))
    return dict(sorted((_in(folders[0], policy) | _in(folders[1], policy)).items()))


def listed(settings: Settings) -> RunReport:
    """Every question with what it asks and takes."""
    known = questions(settings)
    rows = [(one.name, one.meaning, _takes(one)) for one in known.values()]
    data = [
        {"name": one.name, "meaning": one.meaning, "parameters": {each.name: each.default for each in one.parameters}}
        for one in known.values()
    ]
    lines = [
        line for name, meaning, takes in rows for line in (name, f"  {meaning}", *([f"  {takes}"] if takes else []))
    ]
    return RunReport("ask", changed=False, lines=tuple(lines), data={"questions": data})


def asked(settings: Settings, name: str, changes: Sequence[str], form: Form) -> RunReport:
    """The answer of a question, or its SQL.

    Raises:
        UsageError: No such question or parameter, or a table that it needs is not made yet.
    """
    known = questions(settings)
    if name not in known:
        raise UsageError(unknown_name("question", name, known))
    question = known[name]
    values = question.values(changes)
    if form.is_shown:
        given = [f"-- {name} = {value!r}" for name, value in values.items()]
        return RunReport("ask", changed=False, lines=(*given, *question.query.splitlines()))
    return answered(settings, Question(question.query, form.as_csv, form.as_json, values))


def _in(folder: Path, policy: Mapping[str, Any]) -> dict[str, NamedQuestion]:
    """The questions of a folder's own folder `questions`."""
    storage, found = storage_at(folder), {}
    for file in storage.names(Key(_FOLDER)).files:
        name = file.removesuffix(_ENDING)
        if name != file:
            key = Key(_FOLDER) / file
            found[name] = parse(name, storage.read(key).decode("utf-8"), str(key), policy)
    return found


def _takes(question: NamedQuestion) -> str:
    return "; ".join(f"--set {one.name}={one.default}: {one.meaning}" for one in question.parameters)
