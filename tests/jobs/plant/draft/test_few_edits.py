"""A draft of a real folder needs at most five edits; with them its readings are those of Python's csv."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from bronze.readers import read_records
from expectations.mapping.file import load_mapping
from expectations.plant.file import load_profile
from tests.jobs.plant.draft.test_draft import DATA, Drafted

MOST_EDITS = 5
SITE = ('factory_id = "factory_1"', 'factory_id = "site"')
EDITS: dict[str, list[tuple[str, str, str]]] = {
    "azure_pdm": [
        (f"mappings/pdm_{name}.toml", *SITE) for name in ("errors", "failures", "machines", "maint", "telemetry")
    ],
    "nab_machine_temperature": [
        (f"mappings/{name}_temperature_system_failure.toml", old, new)
        for name in ("machine", "ambient")
        for old, new in (SITE, ('unit = "C"', 'unit = "F"'))
    ],
    "xep_factory": [
        ("mappings/machinestatus.toml", *SITE),
        ("mappings/vibrationdata.toml", *SITE),
        ("mappings/vibrationdata.toml", '_val", unit = "C"', '_val", unit = "C", divisor = 1000'),
        (
            "mappings/vibrationdata.toml",
            '"xoa_velocity", unit = "mm/s"',
            '"xoa_velocity", unit = "mm/s", divisor = 100',
        ),
    ],
}
# What is compared: a file, the mapping that reads it, our metric, their column, and the divisor of the edits.
SHOWN = {
    "azure_pdm": [("PdM_telemetry.csv", "pdm_telemetry", "rotate", "rotate", 1.0)],
    "nab_machine_temperature": [
        (f"{name}_temperature_system_failure.csv", f"{name}_temperature_system_failure", "temperature", "value", 1.0)
        for name in ("machine", "ambient")
    ],
    "xep_factory": [
        ("week_06022023_12022023/vibrationdata_06022023_12022023.csv", "vibrationdata", metric, column, divisor)
        for metric, column, divisor in (
            ("temp_humi_sen_val", "TempHumiSenVal", 1000.0),
            ("xoa_velocity", "XOAVelocity", 100.0),
        )
    ],
}


@pytest.mark.parametrize("data", EDITS)
def test_a_draft_with_few_edits_reads_what_csv_reads(
    data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (DATA / data).is_dir():
        pytest.skip(f"no {data} beside the checkout (../shared/data)")
    drafted = Drafted(DATA / data, tmp_path / "plant", capsys)

    for name, old, new in EDITS[data]:
        text = drafted.text(name)
        assert text.count(old) == 1, (name, old)
        (drafted.out / name).write_text(text.replace(old, new), encoding="utf-8")

    assert len(EDITS[data]) <= MOST_EDITS
    assert load_profile(drafted.out).metrics
    for path, mapping, metric, column, divisor in SHOWN[data]:
        found = _read(DATA / data / path, drafted.out / "mappings" / f"{mapping}.toml", metric)
        expected = list(_by_csv(DATA / data / path, column, divisor))
        assert found.column("value").to_pylist() == expected
        assert set(found.column("factory_id").to_pylist()) == {"site"}
        assert len(expected) > 300


def _read(path: Path, mapping: Path, metric: str) -> pa.Table:
    with path.open("rb") as stream:
        batches = list(read_records(stream, load_mapping(mapping)))
    assert sum(batch.rejected.num_rows for batch in batches) == 0
    names = ["metric", "value", "factory_id"]
    rows = pa.concat_tables([pa.Table.from_batches([batch.rows]).select(names) for batch in batches])
    return rows.filter(pc.equal(rows.column("metric").cast(pa.string()), metric))


def _by_csv(path: Path, column: str, divisor: float) -> Iterator[float]:
    with path.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            if row[column] not in {"", "null"}:
                yield float(row[column]) / divisor
