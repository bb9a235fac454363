"""Which unknown parts of a document may be passed over: those that the document itself lists."""

from __future__ import annotations

from typing import Any

from edge_bundle.format.errors import ManifestError

MAX_OPTIONAL = 64
"""Parts that a document may list: as many as a format gets in years."""
MAX_PATH = 100
ROLE_PREFIX = "roles."
KEY = "optional"


def listed(document: Any, where: str) -> tuple[str, ...]:
    """The parts that a document lists as optional; none where it has no such list.

    Raises:
        ManifestError: The list is none of texts, too long, or names a part twice.
    """
    found = document.get(KEY, []) if isinstance(document, dict) else []
    is_list = isinstance(found, list) and all(isinstance(path, str) and 0 < len(path) <= MAX_PATH for path in found)
    if not is_list or len(found) > MAX_OPTIONAL or len(set(found)) != len(found):
        raise ManifestError(
            f"{where}.{KEY}: legal is a list of at most {MAX_OPTIONAL} different paths of at most {MAX_PATH} characters"
        )
    return tuple(found)
