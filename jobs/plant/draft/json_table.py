"""The text at the beginning of a JSON file as a table: documents, where their records are, a column for each path."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from domain.record.faults import Fault
from domain.record.json_spans import spans
from domain.record.senml import resolved
from jobs.plant.draft.column_names import MACHINE, SENSOR
from jobs.plant.draft.json_records import (
    Every,
    Record,
    Step,
    other_records,
    path_of,
    records_in,
    scalars,
    steps_to_records,
)
from jobs.plant.draft.table import ROWS, NoTable, Table, is_number

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]', re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}
_IDENTIFIER = re.compile("id|name|code|key|no|nr", re.I)
# Rows of two elements.
_PAIR = {"[0]": "time", "[1]": "value"}
_BASES = frozenset(("bn", "bt", "bu", "bv", "bs"))


def json_table(text: str, encoding: str, *, is_whole: bool) -> Table | NoTable:
    """The table of a file that begins as JSON.

    Args:
        text: Its first characters.
        encoding: As the mapping has to say.
        is_whole: Whether these are all.
    """
    documents = _in_lines(text, is_whole=is_whole)
    form = "jsonl" if len(documents) > 1 else "json"
    documents = documents or _whole(text, is_whole=is_whole)
    if not documents:
        return NoTable("it begins as JSON, but no object of it can be read")
    base = "senml" if any(isinstance(one, Mapping) and _BASES & one.keys() for one in documents) else ""
    if base:
        documents = [one for one in resolved(documents) if not isinstance(one, Fault)]
    steps = steps_to_records(documents)
    records = [record for document in documents for record in records_in(document, steps)][:ROWS]
    rows = [dict(_columns(record)) for record in records]
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    if not names:
        return NoTable("its records are arrays within arrays; see [series] and paths in docs/mapping.md")
    cells = tuple(tuple(_text(row.get(name)) for name in names) for row in rows)
    quoted = frozenset(
        name for row in rows for name, value in row.items() if isinstance(value, str) and is_number(value)
    )
    return Table(
        "json" if base else form, names, cells, encoding=encoding, labels=_labels(names, steps), quoted=quoted,
        records=path_of(steps), base=base, other_records=other_records(documents, steps),
    )  # fmt: skip


def _in_lines(text: str, *, is_whole: bool) -> list[object]:
    """An object for each line; none where a line is no object."""
    lines = [line for line in text.splitlines()[: None if is_whole else -1] if line.strip()]
    found: list[object] = []
    for line in lines[:ROWS]:
        try:
            found.append(json.loads(line))
        except ValueError:
            return []
    return found if all(isinstance(one, dict) for one in found) else []


def _whole(text: str, *, is_whole: bool) -> list[object]:
    """The documents of a file of whole JSON; one that is cut is closed behind its last whole member."""
    data = text.encode()
    found = [json.loads(data[span.start : span.end]) for span in spans(data, whole_arrays=False) if span.fault is None]
    if found or is_whole:
        return found[:ROWS]
    closed = _closed(text)
    return [json.loads(closed)] if closed else []


def _closed(text: str) -> str:
    """A document that was cut, up to its last comma, with what closes it."""
    opened: list[str] = []
    best = ""
    for token in _TOKEN.finditer(text):
        if token[0] in _CLOSING:
            opened.append(token[0])
        elif token[0] in ("}", "]"):
            opened.pop()
        elif token[0] == ",":
            best = text[: token.start()] + "".join(_CLOSING[sign] for sign in reversed(opened))
    return best


def _columns(record: Record) -> Iterator[tuple[str, object]]:
    """The columns of a record by their paths: its own first, then its keys, then those of what holds it."""
    if isinstance(record.value, Mapping):
        yield from ((path_of(names), value) for names, value in scalars(record.value))
    elif isinstance(record.value, list):
        yield from ((f"[{at}]", value) for at, value in enumerate(record.value) if not isinstance(value, dict | list))
    else:
        yield "@value", record.value
    for number, key in enumerate(record.keys, 1):
        yield ("@key" if number == 1 else f"@key{number}"), key
    for way, holder, leave in record.around:
        yield from ((path_of((*way, *names), "$"), value) for names, value in scalars(holder, leave))


def _labels(names: Sequence[str], steps: Sequence[Step]) -> dict[str, str]:
    """What the path of each column says of it: its last name, of a key what it is a name of."""
    known = _names_of_keys(steps) | (_PAIR if set(_PAIR) == {name for name in names if name.startswith("[")} else {})
    last = {name: known.get(name) or _last(_words(name)) for name in names}
    count = Counter(last.values())
    return {name: label if count[label] == 1 else "_".join(_words(name)) for name, label in last.items()}


def _last(words: Sequence[str]) -> str:
    """The last name, with the thing before it where it is an identifier: `machine.id` is that of a machine."""
    is_of_thing = len(words) > 1 and _IDENTIFIER.fullmatch(words[-1]) and MACHINE.fullmatch(words[-2])
    return f"{words[-2]}_{words[-1]}" if is_of_thing else words[-1]


def _words(name: str) -> list[str]:
    return re.findall(r"""[^.\[\]$"'@]+""", name) or [name]


def _names_of_keys(steps: Sequence[Step]) -> dict[str, str]:
    """`@key` and so on: by what holds it, such as devices; else the innermost are tags and others machines."""
    found: dict[str, str] = {}
    for at in reversed([at for at, step in enumerate(steps) if step is Every.MEMBER]):
        name = "@key" if not found else f"@key{len(found) + 1}"
        holder = steps[at - 1] if at else ""
        word = holder.removesuffix("s") if isinstance(holder, str) else ""
        is_thing = bool(MACHINE.fullmatch(word) or SENSOR.search(word))
        found[name] = word if is_thing else "tag" if not found else "machine"
    return found


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
