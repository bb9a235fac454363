"""Line protocol, and columns of several machines, hurt by chance: the gateway reads what bronze reads."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from expectations.mapping.file import parse_mapping
from expectations.plant.file import load_profile
from jobs.edge.pipeline_document import pipeline_of
from tests.edge_bundle.gateway.test_readers_agree import ours, theirs

FILES = 120
LINES = """
feed = "readings"
files = ["lines/*"]
format = "influx"
shape = "wide_by_metric"
ignored = ["measurement", "note"]
[time]
column = "time"
kind = "epoch"
unit = "ns"
[columns]
machine_id = "machine"
[constants]
factory_id = "bremen"
[templates]
sensor_id = "{machine_id}/{metric}"
[metrics]
temp = { metric = "temperature", unit = "C" }
"p r" = { metric = "pressure", unit = "bar", optional = true }
running = { metric = "speed", unit = "rpm", optional = true, states = { true = 1, false = 0 } }
"""
TAGS = """
feed = "readings"
files = ["tags/*"]
format = "csv"
shape = "wide_by_metric"
[time]
column = "t"
kind = "zoned"
[constants]
factory_id = "bremen"
[metrics]
"P1 T" = { metric = "temperature", unit = "C", machine = "P1", sensor = "P1-T" }
"P2 T" = { metric = "temperature", unit = "F", machine = "P2", sensor = "P2-T", optional = true }
"P2 p" = { metric = "pressure", unit = "bar", machine = "P2", sensor = "P2-P" }
"""
FIELDS = (
    "temp=21.5",
    "temp=12i",
    "temp=1e1",
    "p\\ r=7",
    "p\\ r=7u",
    "running=t",
    "running=FALSE",
    'note="a, b=\\"c\\""',
)
CUTS = (" ", ",", "=", "\\", '"', "\n", "\r\n", "#", "temp=x", "temp=", "\\ ", "1i", "NaN", "-", "\0", "ü", "t")
CELLS = ("21.5", "", "x", "nan", "-3", "1e3", " 7", '"8"', "1,5")


def _lines(chance: random.Random) -> str:
    def line(number: int) -> str:
        fields = ",".join(chance.sample(FIELDS, chance.randint(1, 3)))
        stamp = chance.choice((f" {1_772_359_200_000_000_000 + number}", f" {1_772_359_200_000_000_000 + number}", ""))
        return f"plc\\ a,machine=P\\ {number},x=1 {fields}{stamp}\n"

    return _hurt(chance, "".join(map(line, range(chance.randint(1, 4)))), CUTS)


def _tags(chance: random.Random) -> str:
    head = ["t", "P1 T", "P2 p", *(["P2 T"] if chance.random() < 0.7 else [])]
    chance.shuffle(head)
    rows = [
        ",".join(
            f"2026-03-01T10:00:0{number}Z" if name == "t" else chance.choice(("20.25", "20.25", chance.choice(CELLS)))
            for name in head
        )
        for number in range(chance.randint(1, 4))
    ]
    return ",".join(head) + "\n" + _hurt(chance, "".join(f"{row}\n" for row in rows), (",", "\n", "x", " ", '""'))


def _hurt(chance: random.Random, text: str, cuts: tuple[str, ...]) -> str:
    """The text, every other time with up to two texts put in over up to two letters each."""
    for _ in range(chance.choice((0, 0, 1, 2))):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(cuts) + text[at + chance.randint(0, 2) :]
    return text


@pytest.mark.parametrize(("document", "make"), [(LINES, _lines), (TAGS, _tags)], ids=["lines", "tags"])
def test_what_is_hurt_by_chance_means_the_same_at_the_edge(
    tmp_path: Path, document: str, make: Callable[[random.Random], str]
) -> None:
    one = parse_mapping(tomllib.loads(document), "lines" if make is _lines else "tags")
    pipeline = pipeline_of(load_profile("simulated"), (one,), [])
    path = tmp_path / one.name / "file"
    path.parent.mkdir()
    chance, differing, read, rejected = random.Random(11), [], 0, 0
    for _ in range(FILES):
        text = make(chance)
        path.write_text(text, encoding="utf-8", newline="")
        found = ours(pipeline, path)
        read, rejected = read + found.rows.total(), rejected + found.rejected
        if found != theirs(pipeline, one, path):
            differing.append(text)

    assert differing == []
    assert read > FILES
    assert rejected > 20
