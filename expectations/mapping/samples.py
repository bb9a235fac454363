"""`[samples]` of a mapping of waveforms: where the samples of a window are, and how they are written."""

import math
from dataclasses import dataclass

from domain.vibration.plan import LEAST_RATE_HZ, MOST_RATE_HZ
from expectations.errors import MappingError, unknown_name
from expectations.plant.toml_reader import Section

IN_A_CELL, IN_ROWS = "window_a_row", "sample_a_row"
LAYOUTS = (IN_A_CELL, IN_ROWS)
LIST = "list"
ENCODINGS = {"float32": 4, "float64": 8, "int16": 2, "int32": 4}
"""How samples are stored, little-endian, and the bytes of each."""
MOST = 1 << 22
"""Samples of the longest window; a longer one is cut: what is in memory of a file is bounded by it."""


@dataclass(frozen=True, slots=True)
class SamplesRule:
    """Where samples are.

    Attributes:
        columns: Source column -> its sensor; empty where the mapping says the sensor otherwise.
        layout: window_a_row (a cell holds a window) or sample_a_row (a cell holds a sample).
        encoding: Of a cell that holds a window: list, or what its bytes are.
        scale: What a number is multiplied by to be in the mapping's unit.
        rate_hz: Samples in a second; 0 where a column says it.
        window: Windows are cut to so many samples; 0: as they come, a file of samples in rows is one.
    """

    columns: dict[str, str]
    layout: str
    encoding: str
    scale: float
    rate_hz: float
    window: int

    @property
    def most(self) -> int:
        """Samples of a window at most."""
        return self.window or MOST


def samples_rule(section: Section) -> SamplesRule:
    """The rule in a table `[samples]`.

    Raises:
        MappingError: An unknown key or value, or keys that contradict each other.
    """
    column, sensors = section.take("column", str, ""), section.strings("sensors")
    rule = SamplesRule(
        columns=sensors or {column: ""},
        layout=_one_of(section, "layout", LAYOUTS, IN_A_CELL),
        encoding=_one_of(section, "encoding", (LIST, *ENCODINGS), LIST),
        scale=section.number("scale", 1.0),
        rate_hz=section.number("rate_hz", 0.0),
        window=section.take("window", int, 0),
    )
    where = section.where
    if bool(column) == bool(sensors):
        raise MappingError(
            f'{where}: legal: column = "a" where one column has samples, or sensors = {{ a = "sensor" }}; one of them'
        )
    if not math.isfinite(rule.scale) or rule.scale == 0:
        raise MappingError(f"{where}: scale = {rule.scale}; legal: not 0, and finite")
    if rule.rate_hz and not LEAST_RATE_HZ <= rule.rate_hz <= MOST_RATE_HZ:
        legal = f"{LEAST_RATE_HZ:g} to {MOST_RATE_HZ:g} samples in a second, such as 25600"
        raise MappingError(f"{where}: rate_hz = {rule.rate_hz}; legal: {legal}")
    if not 0 <= rule.window <= MOST:
        raise MappingError(f"{where}: window = {rule.window}; legal: samples of a window, 1 to {MOST}")
    section.finish()
    return rule


def _one_of(section: Section, key: str, legal: tuple[str, ...], default: str) -> str:
    value: str = section.take(key, str, default)
    section.keys.legal(key, legal)
    if value not in legal:
        raise MappingError(f"{section.where}: {unknown_name(key, value, legal)}")
    return value
