"""Commands that do without pandas do not load it; who loads it has Arrow's ways with it."""

import subprocess
import sys
from pathlib import Path

from jobs.cli import ARROW_ALONE
from tests.architecture.sources import REPO
from tests.support.small_plant import lines, write_small_plant

RUN = "import sys; from jobs.cli import main; code = main(sys.argv[1:]); print('PANDAS', 'pandas' in sys.modules, code)"
# A table of the past is late; there is no model.
ENDS = {"quality": (0, 3), "status": (0, 3), "promote": (2,), "rollback": (2,)}


def python(code: str, *words: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_command_that_needs_no_pandas_loads_it(tmp_path: Path) -> None:
    (tmp_path / "landing" / "lines").mkdir(parents=True)
    (tmp_path / "landing" / "lines" / "1.jsonl").write_text(lines("2026-03-01T00:00:00+00:00", 40))
    places = [f"--{name}={tmp_path / name}" for name in ("lake", "landing", "state", "keys")]
    settings = [*places, f"--plant={write_small_plant(tmp_path)}"]
    reported = ("alerts", "report-run", "--dag", "monitor_daily", "--run-id", "1", "--outcome", "success")
    options = {
        "report": ("--out", str(tmp_path / "page.html")), "rollback": ("--reason", "test"), "models": ("list",),
        "quarantine": ("list",), "lineage": ("gold.machine_daily",),
    }  # fmt: skip
    commands = [(name, *options.get(name, ())) for name in ARROW_ALONE]

    ends = {words[0]: python(RUN, *words, *settings).splitlines()[-1].split() for words in (*commands, reported)}

    assert {name: pandas for name, (_, pandas, _) in ends.items()} == dict.fromkeys(ends, "False")
    assert [name for name, (*_, code) in ends.items() if int(code) not in ENDS.get(name, (0,))] == []


def test_the_jobs_of_an_hour_find_out_that_nothing_is_new_without_heavy_libraries() -> None:
    heavy = {"duckdb", "great_expectations", "matplotlib", "pyspark", "scipy", "sklearn", "xgboost"}
    jobs = ", ".join(f"jobs.{job}.job" for job in ("ingest", "silver", "gold", "quality"))

    loaded = python(f"import sys, {jobs}; print(*{{name.partition('.')[0] for name in sys.modules}})").split()

    assert heavy.intersection(loaded) == set()


def test_pandas_can_be_loaded_after_arrow_and_takes_its_tables() -> None:
    told = python(
        "from lakehouse.arrow_alone import load_arrow; load_arrow(); import pyarrow as pa, pyarrow.dataset, sys\n"
        "before = 'pandas' in sys.modules\n"
        "import pandas; frame = pa.table({'a': [1.5, None]}).to_pandas()\n"
        "print(before, type(frame) is pandas.DataFrame, frame['a'].isna().tolist())"
    )

    assert told.split() == ["False", "True", "[False,", "True]"]


def test_where_arrow_is_loaded_it_stays_as_it_is() -> None:
    told = python(
        "import pyarrow as pa, pandas; from lakehouse.arrow_alone import load_arrow; load_arrow()\n"
        "print(pa.array(pandas.Series([1.5, None])).null_count)"
    )

    assert told.split() == ["1"]
