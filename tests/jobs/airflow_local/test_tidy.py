"""What Airflow writes and never removes is removed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.airflow_local.daily import EVERY_S, tidy_when_due
from jobs.airflow_local.tidy import main, remove_old_logs
from lakehouse.bounded_log import LIMIT_BYTES
from tests.support.imports import REPO, foreign_imports
from tests.support.waiting import PATIENCE_S

NOW, DAY_S = 1_600_000_000.0, 86_400.0


def written(path: Path, days_ago: float, content: str = "line\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    for each in (path, path.parent):
        os.utime(each, (NOW - days_ago * DAY_S,) * 2)
    return path


def test_old_logs_go_with_their_folders_and_newer_ones_stay(tmp_path: Path) -> None:
    old = written(tmp_path / "logs/dag_id=upkeep_daily/run_id=1/task_id=upkeep/attempt=1.log", 31)
    new = written(tmp_path / "logs/dag_id=upkeep_daily/run_id=2/task_id=upkeep/attempt=1.log", 29)
    parsed = written(tmp_path / "logs/dag_processor/2026-01-01/dags-folder/upkeep_daily.py.log", 31)

    removed = remove_old_logs(tmp_path, 30 * DAY_S, NOW)

    assert removed == 2
    assert [old.exists(), old.parent.exists(), parsed.exists(), new.exists()] == [False, False, False, True]


def test_a_link_to_the_newest_is_not_followed(tmp_path: Path) -> None:
    outside = written(tmp_path / "elsewhere" / "file", 400)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "latest").symlink_to(outside.parent)

    remove_old_logs(tmp_path, 30 * DAY_S, NOW)

    assert outside.exists()


def test_logs_of_the_processes_are_cut_and_not_removed(tmp_path: Path) -> None:
    log = written(tmp_path / "logs" / "scheduler.log", 400, "warning\n" * (LIMIT_BYTES // 8 + 1))

    remove_old_logs(tmp_path, 30 * DAY_S, NOW)

    assert log.stat().st_size == 0
    assert 0 < (tmp_path / "logs" / "scheduler.log.1").stat().st_size <= LIMIT_BYTES // 2


def test_a_home_without_logs_or_database_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path / "none")]) == 0
    assert "there is no database yet" in capsys.readouterr().out


@pytest.mark.parametrize("days", ["0", "-1", "a month"])
def test_days_that_are_none_are_refused(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--log-days", days])

    assert end.value.code == 2
    assert "a whole number of days, at least 1" in capsys.readouterr().err


def test_an_airflow_that_runs_for_long_is_tidied_once_a_day(tmp_path: Path) -> None:
    first = tidy_when_due(tmp_path, tmp_path.stat().st_mtime)
    now = (tmp_path / "tidied").stat().st_mtime

    assert first is not None
    assert first.wait(PATIENCE_S) == 0
    assert tidy_when_due(tmp_path, now + EVERY_S - 1) is None
    again = tidy_when_due(tmp_path, now + EVERY_S + 1)
    assert again is not None
    assert again.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("module", ["part setup", "tidy"])
def test_a_database_that_cannot_be_read_is_code_2_and_its_password_is_not_shown(module: str, tmp_path: Path) -> None:
    name, *words = module.split()
    environment = {**os.environ, "AIRFLOW_DB": "mysql://me:secret@host/x", "ASSAY_AIRFLOW_HOME": str(tmp_path)}
    command = [sys.executable, "-m", f"jobs.airflow_local.{name}", *words]

    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "the address of the database cannot be read" in done.stderr
    assert "secret" not in done.stdout + done.stderr


def test_its_help_imports_neither_airflow_nor_any_other_third_party() -> None:
    for name in ("part", "tidy"):
        foreign, said = foreign_imports(f"from jobs.airflow_local.{name} import main\nmain(['--help'])")
        assert (foreign, said.startswith("usage: python -m jobs.airflow_local.")) == (set(), True)
