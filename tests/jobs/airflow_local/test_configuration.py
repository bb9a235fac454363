"""What the local Airflow is told."""

import socket
import stat
from pathlib import Path

import pytest

from jobs.airflow_local.configuration import environment, free_port, jwt_secret
from jobs.airflow_local.errors import PortTakenError


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    secret = jwt_secret(tmp_path)

    assert len(secret) == 96
    assert jwt_secret(tmp_path) == secret
    assert stat.S_IMODE((tmp_path / "jwt_secret").stat().st_mode) == 0o600


def test_another_airflow_of_the_shell_has_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "True")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql://elsewhere")

    told = environment(tmp_path, tmp_path / "dags", 18080, {"ASSAY_LAKE": "lake"})

    assert told["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" not in told
    assert told["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert told["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:18080"
    assert told["ASSAY_LAKE"] == "lake"


def test_tasks_reach_the_api_past_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "intranet")

    assert environment(tmp_path, tmp_path, 18080, {})["no_proxy"] == "intranet,127.0.0.1"


def test_a_setting_of_the_caller_wins(tmp_path: Path) -> None:
    told = environment(tmp_path, tmp_path, 18080, {"AIRFLOW__CORE__PARALLELISM": "8"})

    assert told["AIRFLOW__CORE__PARALLELISM"] == "8"


def test_a_taken_port_is_refused_and_any_free_one_is_found() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(PortTakenError, match=f"port {port} of 127.0.0.1 is taken"):
            free_port(port)
        assert free_port(0) not in (0, port)
