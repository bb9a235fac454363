"""For whom a bundle is: plants, hardware, runtimes; asked before anything in it is used."""

# No `from __future__ import annotations`: `typed_document` reads the types.

import re
from dataclasses import dataclass
from typing import Optional

from edge_bundle.format.errors import CompatibilityError, ManifestError
from edge_bundle.format.runtime import RUNTIME, version

MAX_NAMES = 64
"""Names of a kind that a bundle may list: sites of one plant and boards of one fleet are a handful."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}\Z")


@dataclass(frozen=True)
class Compatible:
    """Whom a bundle fits; an empty list fits all.

    Attributes:
        plants: Names of plants.
        hardware: Names of hardware: an architecture (`x86_64`, `aarch64`, `armv7`) or whatever a fleet calls a board.
    """

    plants: tuple[str, ...] = ()
    hardware: tuple[str, ...] = ()


ANYBODY = Compatible()


@dataclass(frozen=True)
class Device:
    """Who asks.

    Attributes:
        hardware: Every name that this hardware has.
        plant: The plant that it serves; None where it takes the bundle's.
        runtime: The version of its runtime.
    """

    hardware: tuple[str, ...]
    plant: Optional[str] = None
    runtime: str = RUNTIME


def check_stated(compatible: Compatible, min_runtime: str) -> None:
    """Refuse what no device could understand.

    Raises:
        ManifestError: A name that is none, is there twice, or too many; a version that is none.
    """
    for what, names in (("plant", compatible.plants), ("hardware", compatible.hardware)):
        if len(names) > MAX_NAMES or len(set(names)) != len(names):
            raise ManifestError(f"compatible: {len(names)} names of {what}; legal are at most {MAX_NAMES}, each once")
        for name in names:
            if _NAME.match(name) is None:
                raise ManifestError(f"compatible: {what} {name[:90]!r}; legal: letters, digits, _ . -, at most 80")
    if min_runtime:
        version(min_runtime, "min_runtime")


def check_fit(compatible: Compatible, min_runtime: str, plant: str, device: Device) -> None:
    """Refuse a bundle that is not for this device.

    Args:
        compatible: What the bundle says.
        min_runtime: The least runtime that it asks for; empty for any.
        plant: The bundle's own plant.
        device: Who asks.

    Raises:
        CompatibilityError: It is for other plants, other hardware, or a newer runtime; the message names both sides.
    """
    if min_runtime and version(device.runtime) < version(min_runtime):
        raise CompatibilityError(
            f"it needs runtime {min_runtime} or newer, this one is {device.runtime}; update the gateway first"
        )
    plants = compatible.plants or (plant,)
    mine = plant if device.plant is None else device.plant
    if mine not in plants:
        raise CompatibilityError(f"it is for plant {', '.join(plants)}, not for {mine}")
    if compatible.hardware and not set(device.hardware) & set(compatible.hardware):
        raise CompatibilityError(
            f"it is for hardware {', '.join(compatible.hardware)}; this is {', '.join(device.hardware)}"
        )
