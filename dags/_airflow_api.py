"""Airflow's public API from inside a task: what tasks are not given in any other way."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from airflow.sdk.configuration import conf

TIMEOUT_S = 20.0


def call(
    method: str,
    path: Sequence[str],
    *,
    body: Mapping[str, Any] | None = None,
    query: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """The answer of `<method> /api/v2/<path>`.

    The token is ``ASSAY_AIRFLOW_TOKEN``, or the one that an Airflow without login (ours, on loopback) gives to anyone.

    Raises:
        OSError: The API cannot be reached or refuses.
        ValueError: `[api] base_url` is not set, or the answer is not JSON.
    """
    base = str(conf.get("api", "base_url", fallback="") or "").rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise ValueError(f"[api] base_url is {base!r}; set it to the address of the API server")
    token = os.environ.get("ASSAY_AIRFLOW_TOKEN") or _send(Request(f"{base}/auth/token"))["access_token"]  # noqa: S310 - http checked above
    address = "/".join(quote(part, safe="") for part in path)
    asked = f"?{urlencode(query)}" if query else ""
    return _send(
        Request(  # noqa: S310 - http checked above
            f"{base}/api/v2/{address}{asked}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            method=method,
        )
    )


def _send(request: Request) -> dict[str, Any]:
    with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - http checked by the caller
        return dict(json.load(answer))
