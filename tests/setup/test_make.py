"""The targets of make that the README names: listed, and what is cleared away is what runs make."""

import re
import subprocess
from pathlib import Path

from tests.architecture.sources import REPO, text
from tests.setup.test_linked import copied, run
from tests.support.waiting import PATIENCE_S

TARGET = re.compile(r"^\| `make (\w+)` \|", re.MULTILINE)
MADE = (".venv/bin/python", ".airflow/airflow.db", ".assay/x", "demo/report.html", "build/systemd/x", ".mypy_cache/x")
OWN = ("lake/bronze/readings/_delta_log/0.json", "landing/readings.jsonl", "assay.toml", "state/alerts.sqlite")
# What the README's table of tests names.
TIER = re.compile(r"\| `(make lint|\.venv/bin/python -m pytest [^`]+)` \|")


def test_make_help_lists_what_the_readme_names() -> None:
    listed = subprocess.run(["make", "help"], cwd=REPO, capture_output=True, text=True, check=True, timeout=PATIENCE_S)

    assert {*TARGET.findall(text(Path("README.md"))), "help"} == set(re.findall(r"^  make (\w+) ", listed.stdout, re.M))


def test_clean_removes_what_runs_made_and_nothing_of_the_plants(tmp_path: Path) -> None:
    checkout = copied(tmp_path / "checkout")
    for name in (*MADE, *OWN):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("x")

    done = run(["make", "clean"], checkout)

    assert done.returncode == 0, done.stderr
    assert [name for name in MADE if (checkout / name).exists()] == []
    assert [name for name in OWN if not (checkout / name).is_file()] == []
    assert (checkout / "Makefile").is_file()


def test_make_test_runs_lint_and_every_test_and_selects_none() -> None:
    script = (REPO / "setup" / "test.sh").read_text("utf-8")
    (words,) = re.findall(r"^tests=\(\.venv/bin/python -m pytest (.*)\)$", script, re.M)

    assert re.findall(r'^step ".+" (.+)$', script, re.M) == ["setup/offline.sh", "setup/lint.sh", '"${tests[@]}"']
    assert words.split() == ["-q", "-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"]


def test_the_tiers_of_the_readme_leave_no_test_out() -> None:
    commands = TIER.findall(text(Path("README.md")))

    selections = {command.removeprefix(".venv/bin/python -m pytest ") for command in commands}

    assert selections == {
        "make lint",
        "tests/architecture",
        '-m "not spark and not airflow and not slow"',
        '-m "spark or airflow or slow"',
    }
