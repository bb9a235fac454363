"""What the whole numbers of a state use: unit and resolution of each metric, length of a bucket.

The lake holds to the same units and resolutions, so a bundle that changes one comes from another lake of that plant.
"""

from __future__ import annotations

import json
from typing import Any

from edge_bundle.format.pipeline import Pipeline
from edge_bundle.gateway.errors import StateError
from edge_bundle.gateway.state.store import Store

_NAME = "steps"


def check(pipeline: Pipeline, store: Store) -> None:
    """Refuse a bundle that would read what is stored as other values.

    A metric more or less passes. So does a state of a gateway that did not write its steps down yet.

    Raises:
        StateError: It counts a metric in another unit or resolution, or has buckets of another length.
    """
    known, asked = _known(store), _asked(pipeline)
    if known is None:
        return
    broken = [
        f"counts {name} in steps of {_words(known['metrics'][name])}, the bundle in steps of {_words(step)}"
        for name, step in asked["metrics"].items()
        if known["metrics"].get(name, step) != step
    ]
    if known["bucket_s"] != asked["bucket_s"]:
        broken.append(f"has buckets of {known['bucket_s']} s, the bundle of {asked['bucket_s']} s")
    if broken:
        raise StateError(
            f"state file {store.path.name} {'; it '.join(broken)}. Go on with a bundle like the former one, or let "
            "that one send what waits and then start with an empty --state folder"
        )


def hold(pipeline: Pipeline, store: Store) -> None:
    """Check the pipeline, and store its resolutions. A metric that left keeps its own, for when it returns.

    Raises:
        StateError: As for `check`.
    """
    check(pipeline, store)
    known, asked = _known(store), _asked(pipeline)
    joined = {**asked, "metrics": {**(known or asked)["metrics"], **asked["metrics"]}}
    if joined != known:
        store.put_about(_NAME, json.dumps(joined, sort_keys=True))


def _known(store: Store) -> dict[str, Any] | None:
    text = store.about(_NAME)
    return json.loads(text) if text else None


def _asked(pipeline: Pipeline) -> dict[str, Any]:
    metrics = {name: [rule.unit, rule.resolution] for name, rule in sorted(pipeline.metrics.items())}
    return {"bucket_s": pipeline.bucket_s, "metrics": metrics}


def _words(step: list[Any]) -> str:
    unit, resolution = step
    return f"{resolution!r} {unit}"
