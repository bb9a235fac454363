"""A question as a file: its meaning and its parameters in comments, then one SELECT."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from expectations.errors import unknown_name
from lakehouse.errors import UsageError

Value = str | int
_POLICY = "policy."
_PARAMETER = re.compile(rf"-- (\w+) = (-?\d+|'[^']*'|{_POLICY}\w+): (.+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a question takes: a whole number or a text, whichever its default is."""

    name: str
    default: Value
    meaning: str


@dataclass(frozen=True, slots=True)
class NamedQuestion:
    """A question.

    Attributes:
        name: Its file's name without ending.
        meaning: What it asks, one sentence.
        parameters: What it takes, in order.
        query: One SELECT, with `$name` for each parameter.
    """

    name: str
    meaning: str
    parameters: tuple[Parameter, ...]
    query: str

    def values(self, changes: Sequence[str]) -> Mapping[str, Value]:
        """The values of all parameters, some of them changed by texts `name=value`.

        Raises:
            UsageError: No such parameter, no `=`, or no whole number where one belongs.
        """
        found = {one.name: one.default for one in self.parameters}
        for change in changes:
            name, is_there, text = change.partition("=")
            if not is_there:
                raise UsageError(f"--set {change}: got no =; legal: PARAMETER=VALUE, such as days=7")
            if name not in found:
                raise UsageError(f"--set {change}: {unknown_name('parameter', name, found)}")
            found[name] = _value(text, found[name], change)
        return found


def parse(name: str, text: str, where: str, policy: Mapping[str, Any] = MappingProxyType({})) -> NamedQuestion:
    """The question in a file; a default `policy.NAME` is the plant's own number, rounded down.

    Raises:
        UsageError: The first line is no comment that says the meaning, or a comment after it is no parameter.
    """
    lines = text.splitlines()
    comments = [line for line in lines if line.startswith("--")]
    if not comments or lines[: len(comments)] != comments or not comments[0][2:].strip():
        raise UsageError(f"{where}: got no meaning; legal: a first line such as `-- The machines that ...`")
    parameters = tuple(_parameter(line, where, policy) for line in comments[1:])
    return NamedQuestion(name, comments[0][2:].strip(), parameters, "\n".join(lines[len(comments) :]).strip())


def _parameter(line: str, where: str, policy: Mapping[str, Any]) -> Parameter:
    found = _PARAMETER.fullmatch(line)
    if found is None:
        legal = "`-- days = 7: how many days back`, a text as default in single quotes, or `policy.NAME`"
        raise UsageError(f"{where}: got the comment {line!r}; legal: {legal}")
    name, default, meaning = found.groups()
    return Parameter(name, _default(default, where, policy), meaning)


def _default(text: str, where: str, policy: Mapping[str, Any]) -> Value:
    if text.startswith("'"):
        return text[1:-1]
    if not text.startswith(_POLICY):
        return int(text)
    name = text.removeprefix(_POLICY)
    if name not in policy:
        raise UsageError(f"{where}: {unknown_name('number of the policy', name, policy)}")
    return int(policy[name])


def _value(text: str, default: Value, change: str) -> Value:
    if isinstance(default, str):
        return text
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"--set {change}: got {text!r}; legal: a whole number") from None
