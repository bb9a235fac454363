"""`assay gateway zipapp`: the gateway as one file that a bare Python runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jobs import cli
from tests.edge_bundle.gateway.plant_files import reading_records, uplink_records, write_readings
from tests.edge_bundle.gateway.runs import small_words


def test_the_one_file_scores_a_small_bundle_on_a_bare_python(tmp_path: Path) -> None:
    readings = write_readings(tmp_path / "readings.jsonl", reading_records(minutes=15))
    app = tmp_path / "gateway.pyz"

    code = cli.main(["gateway", "zipapp", "--out", str(app)])
    words = [*small_words(tmp_path), "--replay", str(readings)]
    done = subprocess.run(
        [sys.executable, "-S", "-I", app, "run", *words], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert (code, done.returncode) == (0, 0), done.stderr
    assert json.loads(done.stdout)["totals"]["scores"] > 0
    assert uplink_records(tmp_path / "uplink")


def test_the_same_source_writes_nothing_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["gateway", "zipapp", "--json", "--out", str(tmp_path / "gateway.pyz")]

    codes = [cli.main(words), cli.main(words)]

    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert codes == [0, 0]
    assert (first["changed"], second["changed"]) == (True, False)
    assert (first["sha256"], first["bytes"]) == (second["sha256"], (tmp_path / "gateway.pyz").stat().st_size)


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--out", "nowhere/gateway.pyz"], "No such file or directory"), (["readings.jsonl"], "zipapp takes no files")],
    ids=["no folder", "files"],
)
def test_what_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)

    code = cli.main(["gateway", "zipapp", "--json", *words])

    assert (code, said in json.loads(capsys.readouterr().out)["error"]) == (2, True)
    assert list(tmp_path.iterdir()) == []
