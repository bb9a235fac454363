"""The bytes of one delivered file, and how many of its rows can be read from them."""

import gzip
import zlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from expectations.plant.plant_profile import Profile
from simulator.columns import sent_columns
from simulator.deliveries import Delivery
from simulator.plant import METRICS, Machine
from simulator.render import CSV_NAMES, csv_bytes, json_lines, parquet_bytes
from simulator.rows import Rows

_CUT_FRACTION = 0.6
_GZIP = 31  # zlib's window bits for a gzip stream
_LEVEL = 5


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes of a file; `readable` counts the whole rows in them, the row at which a cut file breaks left out."""

    data: bytes
    readable: int


def content_of(delivery: Delivery, step: int, rows: Rows, machines: tuple[Machine, ...], profile: Profile) -> Content:
    """The file once that step has been delivered; `rows` are all of its gateway's."""
    places = np.arange(delivery.first, delivery.first + delivery.rows_at(step))
    part = rows.take(places)
    gateway, is_new = delivery.gateway, delivery.has_new_column
    sent = sent_columns(part, machines, profile, CSV_NAMES if gateway.format == "csv" else METRICS)
    zone = profile.zone_of(gateway.factory_id)
    if gateway.format == "csv":
        return Content(csv_bytes(part, sent, zone, has_new_column=is_new), len(part))
    if gateway.format == "parquet":
        return Content(parquet_bytes(part, sent, gateway, has_new_column=is_new), len(part))
    lines = json_lines(part, sent, gateway, zone, has_new_column=is_new)
    if delivery.has_blank_lines:
        lines = [b"", *lines, b"", b""]
    data = b"".join(line + b"\n" for line in lines)
    return _packed(data, delivery, len(part))


def _packed(data: bytes, delivery: Delivery, count: int) -> Content:
    if delivery.compression == "zstd":
        return Content(pa.Codec("zstd").compress(data, asbytes=True), count)
    if delivery.compression == "gzip":
        packed = gzip.compress(data, _LEVEL, mtime=0)
        return _cut(packed) if delivery.is_cut else Content(packed, count)
    return Content(data, count)


def _cut(packed: bytes) -> Content:
    broken = packed[: int(len(packed) * _CUT_FRACTION)]
    return Content(broken, zlib.decompressobj(_GZIP).decompress(broken).count(b"\n"))
