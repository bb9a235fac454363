"""Rows as the bytes of a file: JSON Lines, CSV or Parquet, spoiled where their outcome says so."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from simulator.columns import Columns
from simulator.load import local_us, utc_offsets_s
from simulator.plant import Gateway
from simulator.rows import OUTCOMES, Rows

CSV_NAMES = ("TEMP", "VIBR", "PRES", "RPM", "AMPS")
_LONE_BYTE = "\udcff"  # becomes the byte 0xff, which no UTF-8 text holds


def iso_times(times_us: NDArray[np.int64]) -> list[str]:
    """ISO 8601 text to the second, without zone."""
    texts: list[str] = np.datetime_as_string(times_us.astype("datetime64[us]").astype("datetime64[s]")).tolist()
    return texts


def json_lines(rows: Rows, sent: Columns, gateway: Gateway, zone: str, *, has_new_column: bool) -> list[bytes]:
    """One line per row, without line end; times in the factory's local time with offset."""
    offsets = utc_offsets_s(sent.time_us, zone)
    times = iso_times(sent.time_us + offsets * 1_000_000)
    zones = {int(offset): f"{int(offset) // 3600:+03d}:{int(offset) // 60 % 60:02d}" for offset in np.unique(offsets)}
    tail = f'"gateway_id":"{gateway.gateway_id}",' + ('"firmware":"2.1",' if has_new_column else "")
    lines = [
        f'{{"timestamp":"{time}{zones[offset]}","sensor_id":"{sensor}","machine_id":"{machine}",'
        f'"factory_id":"{gateway.factory_id}","metric_type":"{metric}","value":{value!r},"unit":"{unit}",'
        f'{tail}"sequence":{sequence}}}'
        for time, offset, sensor, machine, metric, value, unit, sequence in zip(
            times,
            offsets.tolist(),
            sent.sensor,
            sent.machine,
            sent.metric,
            sent.value.tolist(),
            sent.unit,
            sent.sequence.tolist(),
            strict=True,
        )
    ]
    for place in np.flatnonzero(rows.outcome):
        lines[place] = _spoiled_json(OUTCOMES[rows.outcome[place]], lines[place], int(sent.sequence[place]))
    return [line.encode("utf-8", "surrogateescape") for line in lines]


def _spoiled_json(outcome: str, line: str, sequence: int) -> str:
    """The line as a gateway in that trouble writes it; lines of other outcomes are unchanged."""
    value = line.partition('"value":')[2].partition(",")[0]
    time = line[len('{"timestamp":"') :].partition('"')[0]
    number = ("NaN", "Infinity", "-Infinity", "1e999")[sequence % 4]
    spoiled = {
        "blank": ('"value":nan', '"value":null'),
        "not_json": (line, (line[: len(line) // 2], "#### watchdog reset ####")[sequence % 2]),
        "wrong_type": (f'"value":{value}', f'"value":"{value}"'),
        "not_finite": ('"value":nan', f'"value":{number}'),
        "not_utf8": ('"machine_id":"', f'"machine_id":"{_LONE_BYTE}'),
        "several_objects": (line, line + line),
        "duplicate_key": (f'"value":{value}', f'"value":{value},"value":0.0'),
        "not_an_object": (line, f"[{line}]"),
        "missing_field": ('"machine_id":', '"asset":'),
        "time_unreadable": (time, "yesterday noon"),
        "time_without_zone": (time, time[:19]),
    }
    return line.replace(*spoiled[outcome]) if outcome in spoiled else line


def csv_bytes(rows: Rows, sent: Columns, zone: str, *, has_new_column: bool) -> bytes:
    """A CSV file with header; times on the factory's local clock."""
    times = iso_times(local_us(sent.time_us, zone))
    values = [repr(value) for value in sent.value.tolist()]
    for place in np.flatnonzero(rows.outcome):
        outcome, odd = OUTCOMES[rows.outcome[place]], int(sent.sequence[place]) % 2
        if outcome == "time_unreadable":
            times[place] = "32.13.2026 25:61"
        elif outcome in ("blank", "not_finite", "wrong_type"):
            values[place] = {"blank": ("", "-"), "not_finite": ("NaN", "inf"), "wrong_type": ("ERR", "12,5x")}[outcome][
                odd
            ]
    extra = ",mains" if has_new_column else ""
    cell = ",12.1" if has_new_column else ""
    lines = [f"local_time,machine,sensor,quantity,reading,uom,seq{extra}"]
    lines += [
        f"{time.replace('T', ' ')},{machine},{sensor},{metric},{value},{unit},{sequence}{cell}"
        for time, machine, sensor, metric, value, unit, sequence in zip(
            times,
            sent.machine,
            sent.sensor,
            sent.metric,
            _quoted(values),
            sent.unit,
            sent.sequence.tolist(),
            strict=True,
        )
    ]
    return ("\n".join(lines) + "\n").encode()


def _quoted(values: list[str]) -> list[str]:
    return [f'"{value}"' if "," in value else value for value in values]


def parquet_bytes(rows: Rows, sent: Columns, gateway: Gateway, *, has_new_column: bool) -> bytes:
    """A Parquet file; times in milliseconds since 1970; null where blank, NaN where the value is none."""
    blank = rows.has_outcome("blank")
    columns = {
        "ts_ms": pa.array(sent.time_us // 1000),
        "tag": pa.array(sent.sensor.tolist(), pa.string()),
        "asset": pa.array(sent.machine.tolist(), pa.string()),
        "site": pa.array([gateway.factory_id] * len(rows), pa.string()),
        "metric": pa.array(sent.metric.tolist(), pa.string()),
        "value": pa.array(sent.value, mask=blank),
        "unit": pa.array(sent.unit.tolist(), pa.string()),
        "gateway": pa.array([gateway.gateway_id] * len(rows), pa.string()),
        "seq": pa.array(sent.sequence),
    }
    if has_new_column:
        columns["quality"] = pa.array(np.full(len(rows), 192, dtype=np.int32))  # OPC "good"
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue()
