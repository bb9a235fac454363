"""The command line of the local Airflow."""

import socket
from pathlib import Path

import pytest

from jobs.airflow_local.__main__ import main
from tests.support.imports import foreign_imports


@pytest.mark.parametrize("text", ["rounds=100", "retrain_monthly.rounds", 'retrain_monthly.reason=new "sensor"'])
def test_a_parameter_that_cannot_be_read_is_named(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--home", str(tmp_path), "--param", text]) == 2
    assert text in capsys.readouterr().err


def test_a_taken_port_is_an_error_of_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        code = main(["serve", "--home", str(tmp_path / "home"), "--port", str(taken.getsockname()[1])])

    assert code == 1
    assert "is taken" in capsys.readouterr().err.splitlines()[-1]


def test_a_backfill_where_no_airflow_runs_is_an_error_of_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = ["--from-date", "2026-03-01", "--to-date", "2026-03-02"]

    assert main(["backfill", "--dag-id", "ingest_hourly", *days, "--home", str(tmp_path)]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert "no Airflow runs in" in told
    assert "make airflow" in told


def test_stopping_what_never_started_is_no_error(tmp_path: Path) -> None:
    assert main(["stop", "--home", str(tmp_path)]) == 0


def test_help_imports_neither_airflow_nor_any_other_third_party() -> None:
    foreign, _ = foreign_imports("from jobs.airflow_local.__main__ import main\nmain(['serve', '--help'])")

    assert foreign == set()
