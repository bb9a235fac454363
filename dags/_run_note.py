"""A sentence in the note of a DAG run, written through Airflow's public API: a task has no other way to it."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from airflow.sdk.configuration import conf

TIMEOUT_S = 5.0
# Airflow refuses a longer one with 422 (`DAGRunPatchBody.note`).
LONGEST_NOTE = 1000


def write_note(dag_id: str, run_id: str, text: str) -> None:
    """Replaces the note of a run by ``text``, cut to what Airflow takes.

    The token is ``ASSAY_AIRFLOW_TOKEN``, or the one that an Airflow without login (ours, on loopback) gives to anyone.

    Raises:
        OSError: The API cannot be reached or refuses.
        ValueError: `[api] base_url` is not set, or the answer is not JSON.
    """
    base = str(conf.get("api", "base_url", fallback="") or "").rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise ValueError(f"[api] base_url is {base!r}; set it to the address of the API server")
    token = os.environ.get("ASSAY_AIRFLOW_TOKEN") or _send(Request(f"{base}/auth/token"))["access_token"]  # noqa: S310 - http checked above
    _send(
        Request(  # noqa: S310 - http checked above
            f"{base}/api/v2/dags/{quote(dag_id, safe='')}/dagRuns/{quote(run_id, safe='')}",
            data=json.dumps({"note": text[:LONGEST_NOTE]}).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            method="PATCH",
        )
    )


def _send(request: Request) -> dict[str, Any]:
    with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - http checked by the caller
        return dict(json.load(answer))
