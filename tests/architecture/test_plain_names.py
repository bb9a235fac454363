"""Names in the code use the words of the field: a word with a private meaning is no part of a name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOMS, python_files, text

# A word that means something in this code only, or several things; and what to write instead.
PRIVATE = {
    r"adopt\w*": "link, take over",
    r"closer": "contested, near",
    r"fates?": "outcome",
    r"judg\w*": "audit, check, evaluate, assess",
    r"kept": "stored, retained",
    r"lasting": "durable",
    r"mend\w*": "fix, correct, repair",
    r"parts": "partitions, row groups, tables, files, components",
    r"pieces?": "row group, chunk",
    r"roads?": "pipeline, path",
    r"rooms?": "package; space, where disk or memory is meant",
    r"said": "reported, given, stated, text",
    r"shares?": "task, item, run of row groups; a fraction where it is a number",
    r"spread": "run tasks; deviation, where statistics are meant",
    r"stands?|stood": "is stored, remains",
    r"steps": "resolution steps",
    r"terms?": "units and resolutions; expiry, validity",
    r"told": "reported, notified, given",
    r"watch\w*": "observe, check, sample",
}
# Words that mean one ordinary thing in most rooms, and had private meanings in these.
ONLY_IN = {
    "parts": ("lakehouse", "jobs/silver", "jobs/ingest", "edge_bundle/gateway"),
    "steps": ("edge_bundle",),
}
WORDS = re.compile("|".join(PRIVATE))
FRACTION = "a fraction of a whole, as profile keys, settings and columns name it"
# Names that stay, by reason: (name, reason) -> the files that may have it; none: every file.
ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {
    ("alert_share", FRACTION): (),
    ("labelled_share", FRACTION): (),
    ("warning_share", FRACTION): (),
    ("faulty_share", FRACTION): (),
    ("missing_share", FRACTION): (),
    ("free_share", FRACTION): (),
    ("free_entries_share", FRACTION): (),
    ("with_share", FRACTION): ("jobs/quality/accounting.py",),
    ("day_share", FRACTION): ("report/queries/quality.py",),
    ("share", FRACTION): (
        "calculators/fields.py", "edge_bundle/format/calibration.py", "gold/exact.py", "jobs/quality/recipes.py",
        "report/charts/scales.py", "report/formats.py", "report/sections/quality.py",
    ),
    ("shares", FRACTION): ("edge_bundle/format/calibration.py",),
    ("next_share", FRACTION): ("edge_bundle/format/calibration.py",),
    ("judged_from", "a key of model folders on disk"): ("ml/training/summary.py",),
    ("bad_said", "a key of `assay status --json`"): ("jobs/status/facts.py",),
    ("stand_still", "what a machine does without load"): ("simulator/wear.py",),
    ("max_steps", "resolution steps and nothing else, beside quantities"): ("edge_bundle/format/bounds.py",),
    ("steps_bound", "resolution steps and nothing else, beside limits"): ("edge_bundle/gateway/features/limits.py",),
    ("steps_limit", "resolution steps and nothing else, beside limits"): (
        "edge_bundle/gateway/input/interpreter.py",
    ),
    ("most_steps", "steps of a clock"): ("edge_bundle/gateway/clocks/timeline.py",),
}  # fmt: skip
SPEAKING = python_files(*ROOMS, "dags", "setup", "bench")


def names(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of all that a file names itself: classes, functions, arguments, variables, attributes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname


def plain(name: str) -> str:
    """A name in small letters, its words apart by underscores."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")


def private_words(path: Path, name: str) -> Iterator[str]:
    """The words of a name that a file may not use."""
    words = plain(name).split("_")
    for word in words:
        rooms = ONLY_IN.get(word)
        if not WORDS.fullmatch(word) or (rooms and not any(path.is_relative_to(room) for room in rooms)):
            continue
        if word == "steps" and "resolution" in words:
            continue
        yield word


def is_allowed(path: Path, name: str) -> bool:
    return any(plain(name) == known and (not files or str(path) in files) for (known, _), files in ALLOWED.items())


def breaches(path: Path, source: str) -> Iterator[str]:
    """One line for each private word of a name, with what to write instead."""
    for line, name in names(source):
        for word in () if is_allowed(path, name) else private_words(path, name):
            instead = next(better for pattern, better in PRIVATE.items() if re.fullmatch(pattern, word))
            yield f"{path}:{line}: {name}: {word!r}; write: {instead}"


def test_names_are_of_plain_words() -> None:
    found = [breach for path in SPEAKING for breach in breaches(path, text(path))]

    assert not found, "\n".join(found)


def test_modules_are_named_by_plain_words() -> None:
    found = [f"{path}: {word}" for path in SPEAKING for word in private_words(path, path.stem)]

    assert not found, "\n".join(found)


def test_every_allowed_name_is_in_use() -> None:
    used = {(plain(name), str(path)) for path in SPEAKING for _, name in names(text(path))}
    anywhere = {name for name, _ in used}

    spare = [
        f"{name} in {file or 'any file'}"
        for (name, _), files in ALLOWED.items()
        for file in files or ("",)
        if ((name, file) not in used if file else name not in anywhere)
    ]

    assert not spare, "\n".join(spare)


@pytest.mark.parametrize(
    ("path", "source", "word"),
    [
        ("jobs/bad.py", "class KeptEngine: ...", "kept"),
        ("jobs/bad.py", "def look(share): ...", "share"),
        ("jobs/bad.py", "told = 1", "told"),
        ("jobs/bad.py", "self._said = 1", "said"),
        ("jobs/bad.py", "from lakehouse import warm as kept", "kept"),
        ("jobs/bad.py", "for piece in found: ...", "piece"),
        ("jobs/bad.py", "with_share = 1", "share"),
        ("lakehouse/bad.py", "ALL_PARTS_BYTES = 1", "parts"),
        ("edge_bundle/gateway/bad.py", "steps = 1", "steps"),
    ],
)
def test_a_private_word_is_found_and_a_better_one_named(path: str, source: str, word: str) -> None:
    (breach,) = breaches(Path(path), source)

    assert f"{word!r}; write: " in breach


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("report/good.py", "parts = path.parts"),
        ("edge_bundle/gateway/good.py", "resolution_steps = 1"),
        ("jobs/good.py", "broadcast, alert_share, keptin = 1, 2, 3"),
        ("jobs/good.py", "print(kept)"),
    ],
)
def test_words_of_the_field_are_left_alone(path: str, source: str) -> None:
    assert list(breaches(Path(path), source)) == []
