"""JSON of a model folder as frozen dataclasses: strict, with the place of every fault in its message.

`edge_bundle.format.typed_walk` says which types fields may have.
"""

from __future__ import annotations

import json
from typing import TypeVar

from edge_bundle.compiler.errors import ModelFolderError
from edge_bundle.format.typed_walk import Leaf, Rules, decode

T = TypeVar("T")
_RULES = Rules(
    lambda fault: ModelFolderError(f"{fault}; restore the model folder"),
    leaves={float: Leaf((float, int), float, "float")},
)


def read_json(kind: type[T], data: bytes, where: str) -> T:
    """The dataclass ``kind`` that a JSON document spells.

    Args:
        kind: A dataclass.
        data: The document, UTF-8.
        where: What the message of a fault begins with, say the file's name.

    Raises:
        ModelFolderError: No JSON, an unknown or missing key, or a value of another type.
    """
    try:
        document = json.loads(data)
    except ValueError as exc:
        raise ModelFolderError(f"{where}: no JSON ({exc}); restore the model folder") from exc
    return decode(kind, document, where, _RULES)
