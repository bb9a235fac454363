"""What people read is in the words of the field: pages, runbooks, help texts, messages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOMS, python_files, text, tracked

# A word that means something in this code only, or something else everywhere; and what to write instead.
PRIVATE = {
    r"roads?": "pipeline, path",
    r"mend(?:s|ed|ing)?": "fix, correct, repair",
    r"fates?": "outcome",
    r"rooms?": "package; space, where disk or memory is meant",
    r"judg(?:e|es|ed|ing)": "audit, check, evaluate, assess",
    r"stands?": "is, is stored, is in, remains",
    r"stood": "was",
    r"told": "reported, notified",
    r"pieces?": "part, piece by piece: in parts",
    r"foresees?|foreseen|foretells?": "predict",
    r"anew": "again",
    r"go(?:es)? by": "use",
    r"becomes? of|became of": "outcome, what happened to",
    r"speaks? of": "refer to",
    r"kept": "stored, retained",
    r"closer look": "another check",
    r"lasting": "durable",
    r"terms?": "units and resolutions; expiry, validity",
    r"watch(?:es|ed|ing)": "check, observe",
    r"adoptions?|adopted": "link, take over",
}
WORDS = re.compile(rf"\b(?:{'|'.join(PRIVATE)})\b", re.IGNORECASE)
# Names and commands stand between backticks, code between fences: they are what they are.
CODE = re.compile(r"```.*?```|`[^`\n]*`|<style>.*?</style>|\{[%{].*?[%}]\}|<[^>]*>", re.DOTALL)
NO_PROSE = re.compile(r"\b(?:SELECT|MERGE|USING|WITH)\b|Callable\[")
PAGES = tuple(path for path in tracked() if path.suffix == ".md" and path.parts[0] in ("README.md", "docs", "dags"))
TEMPLATES = tuple(path for path in tracked() if path.suffix == ".html")
SPEAKING = python_files(*ROOMS, "dags", "setup", "bench")


def found(path: Path, prose: str, first_line: int = 1) -> Iterator[str]:
    """One line for each private word of a text, with what to write instead."""
    plain = CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), prose)
    for match in WORDS.finditer(plain):
        line = first_line + plain.count("\n", 0, match.start())
        instead = next(better for word, better in PRIVATE.items() if re.fullmatch(word, match[0], re.IGNORECASE))
        yield f"{path}:{line}: {match[0]!r}; write: {instead}"


def messages(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each constant that people may read: of several words, and neither a docstring nor SQL."""
    tree = ast.parse(source)
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in silent:
            continue
        if " " in node.value and not NO_PROSE.search(node.value):
            yield node.lineno, node.value


@pytest.mark.parametrize("path", [*PAGES, *TEMPLATES], ids=str)
def test_a_page_is_in_plain_words(path: Path) -> None:
    assert not list(found(path, text(path)))


def test_messages_and_help_are_in_plain_words() -> None:
    hits = [hit for path in SPEAKING for line, said in messages(text(path)) for hit in found(path, said, line)]

    assert not hits, "\n".join(hits)


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (
            words := ast.get_docstring(node, clean=False)
        ):
            yield node.body[0].lineno, words


def test_docstrings_are_in_plain_words() -> None:
    hits = [hit for path in SPEAKING for line, words in docstrings(text(path)) for hit in found(path, words, line)]

    assert not hits, "\n".join(hits)


def test_the_docstrings_of_modules_classes_and_functions_are_found() -> None:
    source = '"""Module."""\n\nclass A:\n    """Class."""\n    def f(self):\n        """Function: mend."""\n'

    assert [line for line, _ in docstrings(source)] == [1, 4, 6]


def test_a_private_word_is_found_and_a_better_one_named() -> None:
    assert list(found(Path("a.md"), "one\nMend it")) == ["a.md:2: 'Mend'; write: fix, correct, repair"]
    assert [line for line, _ in messages('"""Doc: mend."""\nraise ValueError(f"mend {x} soon")')] == [2, 2]


@pytest.mark.parametrize("prose", ["a `road`", "```\nmend\n```", "standard", "the broadest", "<p class='room'>it</p>"])
def test_names_and_code_are_left_alone(prose: str) -> None:
    assert not list(found(Path("a.md"), prose))
