"""The gateway's command: which clock it goes by, and which files it replays."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge_bundle.gateway.__main__ import call_of, clock_of, main, parser

GIVEN = ("--bundle", "b", "--trusted-key", "00" * 32, "--state", "s", "--uplink", "u")
WORDS = ("run", *GIVEN, "--gateway-id", "g1")


@pytest.mark.parametrize("text", ["2026-11-21T06:00:00Z", "2026-11-21T08:00:00+02:00"])
def test_a_replay_goes_by_the_clock_it_was_given(text: str) -> None:
    clock = clock_of(parser().parse_args([*WORDS, "--as-of", text, "--replay", "a.csv"]))

    assert clock.wall_us() == clock.wall_us() == datetime(2026, 11, 21, 6, tzinfo=UTC).timestamp() * 1_000_000


def test_without_one_it_goes_by_this_machines(tmp_path: Path) -> None:
    clock = clock_of(parser().parse_args([*WORDS, "--replay", str(tmp_path)]))

    before, told, after = time.time_ns(), clock.wall_us(), time.time_ns()

    assert before // 1000 <= told <= after // 1000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--as-of", "2026-11-21T06:00:00Z", "--stdin"), "--as-of is for --replay; live input"),
        (("--as-of", "2026-11-21T06:00:00", "--replay", "a.csv"), "legal: ISO 8601 with a zone"),
        (("--as-of", "yesterday", "--replay", "a.csv"), "legal: ISO 8601 with a zone"),
    ],
    ids=["live input", "no zone", "no time"],
)
def test_a_clock_that_cannot_be_meant_is_one_sentence_and_code_2(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([*WORDS, *words])

    assert (code, said in capsys.readouterr().err) == (2, True)


def test_a_list_of_files_may_hold_any_name(tmp_path: Path) -> None:
    names = ["a.csv", "two\nlines.csv", os.fsdecode(b"\xff.csv"), "sub/\u00e9.csv"]
    (tmp_path / "names").write_bytes(b"".join(os.fsencode(name) + b"\0" for name in names))

    call = call_of(parser().parse_args([*WORDS, "--files-from", str(tmp_path / "names")]))

    assert call.replay == tuple(map(Path, names))


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file or directory; legal is a file of names"), (b"", "names no file"), (b"\0", "names no file")],
    ids=["absent", "empty", "an empty name"],
)
def test_a_list_that_names_no_file_is_one_sentence_and_code_2(
    tmp_path: Path, content: bytes | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "names").write_bytes(content)

    code = main([*WORDS, "--files-from", str(tmp_path / "names")])

    assert (code, said in capsys.readouterr().err) == (2, True)
