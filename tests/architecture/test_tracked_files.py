import re
from pathlib import Path

import pytest

from tests.architecture.sources import REPO, python_files, text, tracked

DOT = "[.]"
REGISTRIES = re.compile(
    f"pypi{DOT}org|pythonhosted{DOT}org|repo1?{DOT}maven|maven{DOT}org/maven2|registry{DOT}npmjs|deb{DOT}debian{DOT}org"
)
MACHINE_PATHS = re.compile("(?:^|[^A-Za-z0-9_.$}])/(?:work|farm|root|tmp|home)/", re.MULTILINE)
PRIVATE_KEY = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20,}")
UNFINISHED = re.compile("TO" + "DO|FIX" + "ME|NotImplemented" + "Error")
WAIVER = re.compile(r"# (?:no" + r"qa|type: ig" + r"nore)")
CODES = r"[A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*"
REASONED = re.compile(rf"# (?:no" rf"qa: {CODES}|type: ig" r"nore\[[a-z0-9, -]+\])[ #:(-]+[A-Za-z]")
MOST_BYTES = 1_000_000
LANDED = re.compile("tests/field_cases/[^/]+/landing")  # as a plant sends it, in any encoding


def texts() -> list[tuple[Path, str]]:
    """Every tracked file that is text."""
    found = []
    for path in tracked():
        data = (REPO / path).read_bytes()
        if b"\0" not in data:
            is_landed = LANDED.match(path.as_posix()) is not None
            found.append((path, data.decode("utf-8", errors="replace" if is_landed else "strict")))
    return found


def hits(pattern: re.Pattern[str], files: list[tuple[Path, str]]) -> list[str]:
    """`path:line: text` of each match."""
    return [
        f"{path}:{source.count(chr(10), 0, match.start()) + 1}: {match[0].strip()!r}"
        for path, source in files
        for match in pattern.finditer(source)
    ]


@pytest.mark.parametrize(
    "pattern",
    [REGISTRIES, MACHINE_PATHS, PRIVATE_KEY],
    ids=["registry", "path of a machine", "private key"],
)
def test_no_file_names_what_belongs_to_one_machine(pattern: re.Pattern[str]) -> None:
    found = hits(pattern, texts())

    assert not found, "\n".join(found)


def test_no_file_is_over_a_megabyte() -> None:
    assert not [str(path) for path in tracked() if (REPO / path).stat().st_size > MOST_BYTES]


def test_no_file_is_a_link() -> None:
    """A link of one machine would take the place of what another has there, as its environment."""
    assert [path.as_posix() for path in tracked() if (REPO / path).is_symlink()] == []


def test_nothing_is_left_unfinished() -> None:
    found = hits(UNFINISHED, [(path, text(path)) for path in python_files()])

    assert not found, "\n".join(found)


def test_every_waiver_of_a_check_names_its_code_and_reason() -> None:
    lines = [(path, number, line) for path in python_files() for number, line in enumerate(text(path).splitlines(), 1)]
    bare = [f"{path}:{number}" for path, number, line in lines if WAIVER.search(line) and not REASONED.search(line)]

    assert not bare, "\n".join(bare)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATHS, "folder = '/" + "work/main'"),
        (MACHINE_PATHS, "/" + "root/x"),
        (WAIVER, "x = 1  # no" + "qa"),
        (UNFINISHED, "# TO" + "DO later"),
    ],
)
def test_what_is_forbidden_is_found(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)
    assert not REASONED.search(line)
