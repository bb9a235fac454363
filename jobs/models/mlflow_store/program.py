"""An exported version in a store of MLflow: `python -I program.py`, by the interpreter of MLflow's own environment.

MLflow needs other versions of packages than we do (`docs/decisions/0287-mlflow-export.md`), so this file imports
nothing of ours. Standard input is one JSON document, see `Request`; standard output is one line of JSON: the model's
name, its number in the store, whether it was added, whether anything changed. Exit code 2: refused, standard error ends
with the reason.

Whatever moment it is killed at, the next run finds the run and the version by their tags and completes them.
"""

import fcntl
import json
import math
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypedDict

from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

ALIASES = ("champion", "challenger", "previous")
VERSION, SHA256, EXPORT = "assay.version", "assay.artifact_sha256", "assay.export_sha256"
_BATCH = 100
"""Source: MLflow takes at most 100 parameters and 100 tags in one call."""


class Request(TypedDict):
    """What is asked: the store's SQLite file, the exported folder, the model's name, alias -> version that holds it."""

    store: str
    folder: str
    name: str
    holders: dict[str, str]


class RefusedError(Exception):
    """The store holds something else under this name; the message says what to do."""


def main() -> int:
    """Answer the request of standard input."""
    request: Request = json.load(sys.stdin)
    try:
        answer = export(request)
    except (RefusedError, MlflowException) as exc:
        sys.stderr.write(f"{exc}\n")
        return 2
    sys.stdout.write(f"{json.dumps(answer)}\n")
    return 0


def export(request: Request) -> dict[str, Any]:
    """Add the version, or complete it, and let the aliases follow. Raises: RefusedError, MlflowException."""
    store, folder, name = Path(request["store"]), Path(request["folder"]), request["name"]
    document = json.loads((folder / "version.json").read_text(encoding="utf-8"))
    with alone(store.parent):
        client = MlflowClient(f"sqlite:///{store}", f"sqlite:///{store}")
        is_added = number_of(client, name, document["version"]) is None
        run_id, is_whole = started(client, store, request, document)
        number = number_of(client, name, document["version"])
        if number is None or not is_whole:
            number = complete(client, run_id, request, document)
        is_moved = follow(client, request)
    return {"model": name, "number": int(number), "added": is_added, "changed": not is_whole or is_added or is_moved}


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One export into a folder at a time; SQLite has one writer, and a version is looked for before it is added."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def started(client: MlflowClient, store: Path, request: Request, document: Mapping[str, Any]) -> tuple[str, bool]:
    """The version's run, new or found, and whether this very export is in it already, whole.

    Raises:
        RefusedError: The run holds other files of the same version.
    """
    found, files = client.get_experiment_by_name(request["name"]), document["folder"]["sha256"]
    artifacts = f"{(store.parent / 'artifacts').as_uri()}/{request['name']}"
    experiment = found.experiment_id if found else client.create_experiment(request["name"], artifacts)
    for run in client.search_runs([experiment], f"tags.`{VERSION}` = '{document['version']}'"):
        if run.data.tags.get(SHA256) != files:
            raise RefusedError(
                f"version {document['version']} is in {store} with other files (sha256 {run.data.tags.get(SHA256)}, "
                f"now {files}): a version never changes; name another store, or restore the version's folder"
            )
        return run.info.run_id, run.data.tags.get(EXPORT) == digest(request)
    tags = {VERSION: document["version"], SHA256: files}
    run = client.create_run(experiment, trained_ms(document), tags, run_name=document["version"])
    return run.info.run_id, False


def complete(client: MlflowClient, run_id: str, request: Request, document: Mapping[str, Any]) -> str:
    """Log everything, register the version, and only then note that it is whole; the version's number.

    What is logged already is logged as it is: figures have the time of the training, and MLflow takes equal ones once.
    """
    name, tags = request["name"], tags_of(document)
    log(client, run_id, document, tags)
    client.log_artifacts(run_id, request["folder"])
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name, description="Versions of `assay models`, exported")
    number = number_of(client, name, document["version"])
    if number is None:
        made = client.create_model_version(name, f"runs:/{run_id}/model", run_id, tags=tags)
        number = str(made.version)
    else:
        for key, value in tags.items():
            client.set_model_version_tag(name, number, key, value)
    client.set_terminated(run_id, "FINISHED", trained_ms(document))
    client.set_tag(run_id, EXPORT, digest(request))
    return number


def log(client: MlflowClient, run_id: str, document: Mapping[str, Any], tags: Mapping[str, str]) -> None:
    """Parameters, figures and tags of the run."""
    at = trained_ms(document)
    made = {name: document[name] for name in ("parameters", "policy", "libraries")}
    params = [Param(key, str(value)) for key, value in leaves(made)]
    metrics = [Metric(key, float(value), at, 0) for key, value in leaves(document["metrics"]) if is_figure(value)]
    run_tags = [RunTag(key, value) for key, value in tags.items()]
    for first in range(0, max(len(params), len(metrics), len(run_tags)), _BATCH):
        part = slice(first, first + _BATCH)
        client.log_batch(run_id, metrics=metrics[part], params=params[part], tags=run_tags[part])


def tags_of(document: Mapping[str, Any]) -> dict[str, str]:
    """What a version was made from, its gate and its bundle, as texts."""
    gate, bundles = document["gate"], document["bundles"]
    tags = {VERSION: document["version"], SHA256: document["folder"]["sha256"]}
    tags |= {f"assay.{key}": str(document[key] or "") for key in ("state", "horizon", "kinds", "trained_at", "code")}
    tags |= {f"assay.data.{key}": str(value) for key, value in leaves(document["data"])}
    tags["assay.gate"] = str(gate.get("verdict", "never asked"))
    tags["assay.bundle"] = bundles[-1]["bundle"] if bundles else ""
    tags["assay.bundle_sha256"] = (bundles[-1]["sha256"] or "") if bundles else ""
    return tags


def follow(client: MlflowClient, request: Request) -> bool:
    """Give each alias to the version that holds it; one whose holder is not in the store goes. Whether any moved."""
    name, is_moved = request["name"], False
    standing = client.get_registered_model(name).aliases
    for alias in ALIASES:
        holder = request["holders"].get(alias)
        number = None if holder is None else number_of(client, name, holder)
        before = standing.get(alias)
        if number is not None and str(before) != number:
            client.set_registered_model_alias(name, alias, number)
        elif number is None and before is not None:
            client.delete_registered_model_alias(name, alias)
        is_moved |= (None if before is None else str(before)) != number
    return is_moved


def number_of(client: MlflowClient, name: str, version: str) -> str | None:
    """The number of a version in the store; None where it is not there."""
    found = client.search_model_versions(f"name = '{name}' and tags.`{VERSION}` = '{version}'")
    return str(found[0].version) if found else None


def leaves(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of nested tables with its dotted name, in characters that MLflow takes; lists are one value."""
    for key, value in tree.items():
        name = above + re.sub(r"[^\w.\- ]", "_", str(key), flags=re.ASCII)
        if isinstance(value, Mapping):
            yield from leaves(value, f"{name}.")
        else:
            yield name, value


def is_figure(value: object) -> bool:
    """Whether a value is a number that says something."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def digest(request: Request) -> str:
    """What tells this export from one with another history: the digests of all its files."""
    return sha256((Path(request["folder"]) / "SHA256SUMS").read_bytes()).hexdigest()


def trained_ms(document: Mapping[str, Any]) -> int:
    """The end of the training, milliseconds since 1970."""
    return int(datetime.fromisoformat(document["trained_at"]).timestamp() * 1000)


if __name__ == "__main__":
    sys.exit(main())
