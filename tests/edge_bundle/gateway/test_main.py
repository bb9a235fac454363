"""The gateway's command: which clock it goes by, and which files it replays."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_bundle.compiler.seal import add_signature
from edge_bundle.gateway.__main__ import call_of, clock_of, main, parser
from tests.edge_bundle.gateway.plant_files import reading_records, write_readings
from tests.edge_bundle.gateway.plants import small_bundle_bytes
from tests.support.edge_models import TRUSTED

SECOND_KEY = Ed25519PrivateKey.from_private_bytes(b"2" * 32)
SECOND = SECOND_KEY.public_key().public_bytes_raw().hex()

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


OTHER = "11" * 32


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--threshold", "0"), "--threshold 0; legal: 1 to 1"),
        (("--threshold", "2"), "--threshold 2; legal: 1 to 1"),
        (("--trusted-key", OTHER, "--trusted-key", OTHER, "--threshold", "3"), "--threshold 3; legal: 1 to 2"),
    ],
    ids=["nobody", "more than there are", "one key twice"],
)
def test_a_threshold_that_cannot_be_reached_is_one_sentence_and_code_2(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([*WORDS, *words, "--stdin"])

    assert (code, said in capsys.readouterr().err) == (2, True)


def run_of(folder: Path, *words: str) -> int:
    """A replay of a bundle that two keys have signed."""
    (folder / "small.bundle").write_bytes(add_signature(small_bundle_bytes(), SECOND_KEY))
    write_readings(folder / "readings.jsonl", reading_records(minutes=5))
    given = ["--bundle", str(folder / "small.bundle"), "--state", str(folder / "s"), "--uplink", str(folder / "u")]
    return main(["run", *given, "--gateway-id", "g1", *words, "--replay", str(folder / "readings.jsonl")])


def test_two_of_three_keys_are_enough_where_two_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = [word for key in (TRUSTED.hex(), OTHER, SECOND) for word in ("--trusted-key", key)]

    assert run_of(tmp_path, *keys, "--threshold", "2") == 0
    assert run_of(tmp_path, "--trusted-key", SECOND) == 0
    assert run_of(tmp_path, *keys, "--threshold", "3") == 3
    assert "3 of the 3 trusted keys are needed" in capsys.readouterr().err


def test_a_key_of_small_order_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_of(tmp_path, "--trusted-key", "01" + "00" * 31, "--trusted-key", SECOND) == 3
    assert "small order" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--plant", "small", "--hardware", "nano"), 0, ""),
        (("--plant", "large"), 3, "bundle refused: it is for plant small, not for large"),
    ],
    ids=["its own", "another"],
)
def test_a_device_says_which_plant_it_serves(
    tmp_path: Path, words: tuple[str, ...], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_of(tmp_path, "--trusted-key", SECOND, *words) == code
    assert said in capsys.readouterr().err


def test_the_folder_of_libraries_of_before_is_passed_over_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert run_of(tmp_path, "--trusted-key", SECOND, "--kernel-dir", str(tmp_path / "absent")) == 0
    assert "is passed over: the bundle brings its own library" in caplog.text
