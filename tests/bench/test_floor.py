"""The floor reads every line once, also one that is cut by a block or has no end."""

from pathlib import Path

import pytest

from bench.floor import floor_s, lines_of


def test_every_line_is_counted_once(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_bytes(b"x" * 99 + b"\n" + b"y" * (3 << 20) + b"\nlast")
    (tmp_path / "two.jsonl").write_bytes(b"")

    assert lines_of([tmp_path / "one.jsonl", tmp_path / "two.jsonl"]) == 3


def test_another_number_of_lines_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_bytes(b"a\nb\n")

    assert floor_s(tmp_path, 2) > 0
    with pytest.raises(SystemExit, match="read 2 lines of 3"):
        floor_s(tmp_path, 3)
