"""What the lines above a CSV file's header say of its records: patterns such as ``# start: {start}``."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from expectations.errors import MappingError
from expectations.mapping.mapping import Mapping
from expectations.mapping.row_step import step_of

_PART = re.compile(r"\{([^{}]*)\}|\*|[{}]|\s+")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


def above_names(patterns: Sequence[str], where: str) -> tuple[str, ...]:
    """The names that the patterns fill, each once.

    Raises:
        MappingError: Braces without a name, a pattern without one, or a name that comes twice.
    """
    found: list[str] = []
    for text in patterns:
        names = [part[1] for part in _PART.finditer(text) if part[1] is not None or part[0] in ("{", "}")]
        bad = [name for name in names if name is None or _NAME.fullmatch(name) is None]
        if bad or not names:
            legal = "legal: names in braces such as '# start: {start}', and * for any text"
            raise MappingError(f"{where}: above holds {text!r}; {legal}")
        found += names
    twice = [name for name in found if found.count(name) > 1]
    if twice:
        raise MappingError(f"{where}: above has {{{twice[0]}}} twice; give each its own name")
    return tuple(found)


@lru_cache(maxsize=256)
def _regex(text: str) -> re.Pattern[str]:
    regex, place = "", 0
    for part in _PART.finditer(text):
        regex += re.escape(text[place : part.start()])
        place = part.end()
        name = f"(?P<{part[1]}>.+?)" if part[1] else ""
        regex += name or (".*?" if part[0] == "*" else r"\s+")
    return re.compile(regex + re.escape(text[place:]))


def texts_above(mapping: Mapping, lines: Iterable[str]) -> dict[str, str] | str:
    """What the lines say by name, or the sentence that says which pattern no line fits, or two do differently.

    Args:
        mapping: The mapping with its patterns.
        lines: The lines above the records; quotation marks, and delimiters and blanks at their ends, do not count.
    """
    bare = [_bare(line, mapping) for line in lines]
    found: dict[str, str] = {}
    for pattern in mapping.above:
        fits = [match.groupdict() for line in bare if (match := _regex(pattern.strip()).fullmatch(line)) is not None]
        texts = [{name: text.strip() for name, text in one.items()} for one in fits]
        if not texts:
            return f"no line above the records fits {pattern!r} of `above`"
        if any(one != texts[0] for one in texts):
            return f"several lines above the records fit {pattern!r} of `above`, and say different things"
        found |= texts[0]
    return found


def _bare(line: str, mapping: Mapping) -> str:
    return line.replace('"', "").strip(f" \t\r\n\ufeff{mapping.delimiter}")


def words_of(mapping: Mapping) -> list[tuple[str, str]]:
    """Each pattern with its longest word that every line which fits it has; patterns without one are left out."""
    found = []
    for pattern in mapping.above:
        words = re.split(rf"\{{[^{{}}]*\}}|[*\s\"{re.escape(mapping.delimiter)}]", pattern)
        if word := max(words, key=len):
            found.append((pattern, word))
    return found


def says_otherwise(mapping: Mapping, pattern: str, line: str, known: dict[str, str]) -> bool:
    """Whether a line fits a pattern and says something else than is known."""
    found = _regex(pattern.strip()).fullmatch(_bare(line, mapping))
    return found is not None and any(known.get(name) != text.strip() for name, text in found.groupdict().items())


def own_lines(lines: Sequence[str], is_record: Callable[[str], bool]) -> list[str]:
    """The last of the lines that belong to what is below: those behind the last record, without empty ones."""
    own: list[str] = []
    for line in reversed(lines):
        if line.strip() and is_record(line):
            break
        own += [line] if line.strip() else []
    return own[::-1]


def begins_another(mapping: Mapping, own: Sequence[str], known: dict[str, str]) -> str | None:
    """Why what is below a header within the file is another measurement; None where it is the same one.

    Args:
        mapping: The mapping with its patterns.
        own: The lines above that header, behind the last record; comments among them count where they fit a pattern.
        known: What the lines above the first header say.
    """
    advice = "send each as a file of its own"
    if mapping.each_row_step is not None:
        return f"another measurement, whose times begin again; {advice}"
    texts = texts_above(mapping, own)
    if isinstance(texts, dict):
        return None if texts == known else f"another measurement, with its own `above`; {advice}"
    comments = tuple(mapping.csv.comments)
    if all(comments and line.lstrip().startswith(comments) for line in own):
        return None
    return f"another measurement: {texts}; {advice}"


def fitting_lines(mapping: Mapping, data: bytes) -> Iterator[bytes]:
    """The lines, each with its end, that fit a pattern."""
    for pattern, word in words_of(mapping):
        for found in re.finditer(re.escape(word.encode()), data):
            start = data.rfind(b"\n", 0, found.start()) + 1
            line = data[start : data.find(b"\n", start) + 1 or len(data)]
            if _regex(pattern.strip()).fullmatch(_bare(line.decode("utf-8", "replace"), mapping)) is not None:
                yield line


def with_above(mapping: Mapping, texts: dict[str, str]) -> Mapping | str:
    """The mapping for a file whose lines above the records say that, or the sentence that says what is no step."""
    time = mapping.time.with_given(texts) if mapping.time else None
    if time is not None and time.every is not None and time.every.column:
        step = step_of(time.every, texts[time.every.column])
        if isinstance(step, str):
            return step
        time = replace(time, every=step)
    return replace(mapping, constants={**mapping.constants, **texts}, time=time)
