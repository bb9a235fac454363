"""Odd and broken files of readings: the gateway makes of each record what bronze's readers make of it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from edge_bundle.format.pipeline import Pipeline
from edge_bundle.gateway.errors import SourceError
from expectations.mapping.mapping import Mapping
from tests.edge_bundle.gateway.test_readers_agree import ours, plant_pipeline, theirs

CASES = 150
HEAD = b"local_time,machine,sensor,quantity,reading,uom,seq\n"
NAMES = ("timestamp", "sensor_id", "machine_id", "factory_id", "metric_type", "value", "unit", "gateway_id", "sequence")
VALUES = (
    None, "", 0, -0.0, 1.5, True, "x", "50.5", [1], {"a": 1}, "2026-03-01T10:00:00Z", "C", "\U0001f600",
    float("nan"), float("inf"),
)  # fmt: skip
PIECES = (
    b'"', b'""', b"{", b"}", b"[", b",", b":", b"\xff", b"\\", b"\\ud800", b"\n", b"\r", b"\r\n", b" ", b"\t", b"\0",
    b"\xef\xbb\xbf", b"null", b'"value":1,', b'"\n', b',"', b"\xc3\xa9",
)  # fmt: skip


def _row(number: int) -> bytes:
    return b"2026-03-01 10:00:%02d,PEN-01,PEN-01/T,TEMP,%d.25,C,%d\n" % (number, 50 + number, number)


def _line(number: int, **changes: object) -> bytes:
    record = {
        "timestamp": f"2026-03-01T10:00:{number:02}+01:00", "sensor_id": "BRE-01/T", "machine_id": "BRE-01",
        "factory_id": "bremen", "metric_type": "temperature", "value": 50.5, "unit": "C", "gateway_id": "bremen-1",
        "sequence": number,
    }  # fmt: skip
    return json.dumps(record | changes).encode() + b"\n"


ROWS = b"".join(map(_row, range(4)))
LINES = b"".join(map(_line, range(4)))
ODD_CSV = {
    "byte order mark": b"\xef\xbb\xbf" + HEAD + ROWS,
    "blank lines": b"\n  \n" + HEAD + b"\t\n" + ROWS + b"\n",
    "carriage returns": (HEAD + ROWS).replace(b"\n", b"\r"),
    "a quote that never closes": HEAD + b'"' + ROWS,
    "a long quote that never closes": HEAD + b'"' + ROWS * 400,
    "a long line within a quote": HEAD + b'"' + ROWS + b"x" * (2 << 20) + b"\n" + ROWS,
    "a long text of two bytes a character within a quote": HEAD + b'"' + "ü".encode() * 40_000 + b"\n" + ROWS,
    "a quote within a field": HEAD + _row(0).replace(b"PEN", b'P"EN', 1) + ROWS,
    "a line end within quotes": HEAD + _row(0).replace(b"PEN-01,", b'"PEN\n-01",', 1) + ROWS,
    "not UTF-8": HEAD + _row(0).replace(b"PEN", b"\xffEN", 1) + ROWS,
    "a number that is none, of a column without use": HEAD + _row(0).replace(b",0\n", b",x\n") + ROWS,
    "no last line end": HEAD + ROWS[:-1],
}
ODD_JSON = {
    "byte order mark": b"\xef\xbb\xbf" + LINES,
    "a line too long behind a byte order mark": b"\xef\xbb\xbf" + b"x" * ((1 << 20) + 1) + b"\n" + LINES,
    "a sequence in quotes": _line(9, sequence="9") + LINES,
    "a gateway that is a number": _line(9, gateway_id=9) + LINES,
    "an unknown field without a number": _line(9, new=float("nan")) + LINES,
    "nested too deeply": _line(9, new=json.loads("[" * 64 + "]" * 64)) + LINES,
    "nested deeply": _line(9, new=json.loads("[" * 63 + "]" * 63)) + LINES,
}


@pytest.fixture(scope="module")
def plant() -> tuple[Pipeline, dict[str, Mapping]]:
    return plant_pipeline("simulated")


def _agree(plant: tuple[Pipeline, dict[str, Mapping]], path: Path, content: bytes, mapping: str) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    pipeline, mappings = plant
    return ours(pipeline, path) == theirs(pipeline, mappings[mapping], path)


@pytest.mark.parametrize("content", ODD_CSV.values(), ids=ODD_CSV)
def test_an_odd_csv_file(plant: tuple[Pipeline, dict[str, Mapping]], tmp_path: Path, content: bytes) -> None:
    assert _agree(plant, tmp_path / "readings/penang-1/odd.csv", content, "readings_penang_1")


@pytest.mark.parametrize("content", ODD_JSON.values(), ids=ODD_JSON)
def test_an_odd_file_of_json_lines(plant: tuple[Pipeline, dict[str, Mapping]], tmp_path: Path, content: bytes) -> None:
    assert _agree(plant, tmp_path / "readings/bremen-1/odd.jsonl", content, "readings_bremen")


def test_files_broken_by_chance(plant: tuple[Pipeline, dict[str, Mapping]], tmp_path: Path) -> None:
    chance = random.Random(7)
    differing = []
    for _ in range(CASES):
        lines = [_line(n, **{chance.choice(NAMES): chance.choice(VALUES)}) for n in range(chance.randint(1, 6))]
        files = {
            ("readings/penang-1/broken.csv", "readings_penang_1"): HEAD + _broken(chance, ROWS),
            ("readings/bremen-1/broken.jsonl", "readings_bremen"): _broken(chance, b"".join(lines)),
        }
        for (name, mapping), content in files.items():
            if not _agree(plant, tmp_path / name, content, mapping):
                differing.append(content)

    assert differing == []


def _broken(chance: random.Random, content: bytes) -> bytes:
    """The content with up to three pieces put in, over up to two bytes each."""
    broken = bytearray(content)
    for _ in range(chance.randint(0, 3)):
        at = chance.randrange(len(broken) + 1)
        broken[at : at + chance.randint(0, 2)] = chance.choice(PIECES)
    return bytes(broken)


def test_a_mapped_column_that_is_there_twice_is_refused(
    plant: tuple[Pipeline, dict[str, Mapping]], tmp_path: Path
) -> None:
    content = HEAD.replace(b"\n", b",machine\n") + ROWS.replace(b"\n", b",PEN-02\n")

    with pytest.raises(SourceError, match="column 'machine' of source readings_penang_1 is there twice"):
        _agree(plant, tmp_path / "readings/penang-1/odd.csv", content, "readings_penang_1")
