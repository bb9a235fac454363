"""The demo in a small size: the real jobs under the real Airflow, from simulated files to scores of a gateway."""

import json
import re
from pathlib import Path

import pytest

from jobs import demo
from jobs.demo_check import faults

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

# With fewer days too few machines fail for the gate to let a champion through.
DAYS = 35
DAGS = ("ingest_hourly", "gold_on_silver", "retrain_monthly", "monitor_daily", "upkeep_daily")


def test_a_small_demo_ends_with_scores_of_a_gateway_and_every_count_as_injected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"

    code = demo.main(["--folder", str(folder), "--days", str(DAYS)])

    said = capsys.readouterr().out
    assert code == 0, said
    truth, summary = (json.loads((folder / name).read_text()) for name in ("truth/truth.json", "summary.json"))
    assert faults(truth, summary) == []
    assert {state for _, _, state in tasks(said)} <= {"success", "skipped"}
    assert {dag for dag, _, _ in tasks(said)} == set(DAGS)
    assert ("retrain_monthly", "bundle", "success") in tasks(said)
    assert (folder / "report.html").stat().st_size > 100_000


def tasks(said: str) -> list[tuple[str, str, str]]:
    """DAG, task and state of every task that the demo told of."""
    return re.findall(r"^  (\w+) +(\w+) +(\w+) +[\d.]+ s$", said, re.MULTILINE)
