"""What the tests of exports do by MLflow's own interpreter: read a store back, and be killed while writing into it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

PYTHON = os.environ.get("MLFLOW_PYTHON")
MISSING = "MLflow has an environment of its own: run `make mlflow`, then set MLFLOW_PYTHON=.venv-mlflow/bin/python"
_READ = """
import hashlib, json, pathlib, sys
from mlflow.tracking import MlflowClient
client = MlflowClient(*["sqlite:///" + sys.argv[1]] * 2)
runs = {run.info.run_id: run for one in client.search_experiments() for run in client.search_runs([one.experiment_id])}
def files(run):
    root = pathlib.Path(run.info.artifact_uri.removeprefix("file://"))
    paths = [path for path in root.rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
versions = [
    {"number": str(one.version), "tags": one.tags, "source": one.source == "runs:/" + one.run_id + "/model",
     "params": runs[one.run_id].data.params, "metrics": runs[one.run_id].data.metrics,
     "run_tags": runs[one.run_id].data.tags, "status": runs[one.run_id].info.status, "files": files(runs[one.run_id])}
    for one in client.search_model_versions()]
models = {one.name: {k: str(v) for k, v in one.aliases.items()} for one in client.search_registered_models()}
versions.sort(key=lambda one: int(one["number"]))
print(json.dumps({"models": models, "runs": len(runs), "versions": versions}))
"""
_KILLED = """
import contextlib, io, json, os, runpy, shutil, sys
from mlflow.tracking import MlflowClient
program, first, request = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
def one_run(store, calls):
    child = os.fork()
    if child == 0:
        left = [calls]
        def killed_before(call):
            def run(*args, **kwargs):
                left[0] -= 1
                if left[0] < 0:
                    os._exit(9)
                return call(*args, **kwargs)
            return run
        for name in dir(MlflowClient):
            if name.startswith(("create_", "log_", "set_", "delete_")):
                setattr(MlflowClient, name, killed_before(getattr(MlflowClient, name)))
        sys.stdin = io.StringIO(json.dumps({**request, "store": store}))
        try:
            runpy.run_path(program, run_name="__main__")
        except SystemExit as end:
            os._exit(end.code)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
moment, killed = 0, 9
while killed == 9:
    folder = os.path.join(os.path.dirname(first), f"killed-{moment}")
    os.mkdir(folder)
    store = shutil.copy(first, folder)
    killed, again = one_run(store, moment), one_run(store, 10**6)
    assert (killed in (0, 9)) and again == 0, (moment, killed, again)
    moment += 1
"""


def read_back(store: Path) -> dict[str, Any]:
    """Models with their aliases, the number of runs, and each version with its run and the digests of its files."""
    found: dict[str, Any] = json.loads(_by_mlflow(_READ, str(store)))
    return found


def killed_at_each_call(program: Path, empty: Path, request: dict[str, Any]) -> list[Path]:
    """A store for each call that writes: killed before it, then asked again; they begin as copies of an empty store."""
    _by_mlflow(_KILLED, str(program), str(empty), json.dumps(request))
    return sorted(empty.parent.glob("killed-*/*.db"))


def empty_store(place: Path) -> Path:
    """A store of MLflow with its tables and nothing in them."""
    place.parent.mkdir(parents=True)
    _by_mlflow(
        "import sys; from mlflow.tracking import MlflowClient; "
        "MlflowClient(*['sqlite:///' + sys.argv[1]] * 2).search_experiments()",
        str(place),
    )
    return place


def _by_mlflow(code: str, *words: str) -> str:
    silent = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    done = subprocess.run(
        [str(PYTHON), "-I", "-c", code, *words], capture_output=True, text=True, check=False, env=os.environ | silent
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1] if done.stdout else ""
