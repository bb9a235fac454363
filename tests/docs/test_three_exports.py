"""Three exports from folder to first query, as the guide says: draft, edit, check, try, ingest, silver, gold, ask.

A WinCC trend in German (two header lines, decimal commas, a code beside each value, the hour that comes twice), tags of
a historian as nested JSON, and a wide report with words such as `Bad Input` in the place of values.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.docs.test_bring_your_own_plant import run

pytestmark = pytest.mark.slow
MOST_EDITS = 5
FINE, PERSON = 0, 3
BERLIN, CHICAGO = 'zone = "Europe/Berlin"', 'zone = "America/Chicago"'
ASKED_ZONE = 'zone = "UTC" # QUESTION: which zone do the clocks of the source use (IANA name)?'
SITE = 'factory_id = "factory_1"'


@dataclass(frozen=True)
class Export:
    """A file as it lands, the edits of its draft, and what is then true of it."""

    name: str
    path: str
    content: bytes
    edits: tuple[tuple[str, str, str], ...]
    counts: dict[str, int]
    query: str
    answer: list[dict[str, Any]]


WINCC = Export(
    "press", "presse4/Kurve_20261025.csv",
    """Kurvenexport;WinCC Runtime;Presse 4;;
Zeitstempel;Hydraulikdruck;;Öltemperatur;
;Wert [bar];Status;Wert [°C];Status
25.10.2026 01:45:00,000;182,4;192;48,7;192
25.10.2026 02:15:00,000;183,0;192;48,9;192
25.10.2026 02:45:00,000;1.083,5;192;49,0;192
25.10.2026 02:15:00,000;184,1;192;49,2;64
25.10.2026 02:45:00,000;---;24;49,3;192
25.10.2026 03:15:00,000;185,0;192;49,4;192
""".replace("\n", "\r\n").encode("cp1252"),
    (
        ("mappings/kurve.toml", ASKED_ZONE, f'{BERLIN}\nrepeated = "by_order" #'),
        ("mappings/kurve.toml", SITE, 'factory_id = "works"'),
        ("profile.toml", 'default = "UTC"', 'default = "Europe/Berlin"'),
    ),
    {"records": 12, "rows": 10, "blank": 1, "rejected": 1, "faulty": 0},
    "SELECT metric, strftime(measured_at, '%d %H:%M') AS at, round(value, 1) AS value FROM silver.readings "
    "WHERE measured_at >= '2026-10-25 00:45:00Z' ORDER BY 1, 2",
    [
        {"metric": "hydraulikdruck", "at": "25 00:45", "value": 1083.5},
        {"metric": "hydraulikdruck", "at": "25 01:15", "value": 184.1},
        {"metric": "hydraulikdruck", "at": "25 02:15", "value": 185.0},
        {"metric": "oltemperatur", "at": "25 00:45", "value": 49.0},
        {"metric": "oltemperatur", "at": "25 01:45", "value": 49.3},
        {"metric": "oltemperatur", "at": "25 02:15", "value": 49.4},
    ],
)  # fmt: skip

_TAGS: dict[str, list[tuple[str, float | None, int]]] = {
    "Dairy.Pasteurizer1.FlowRate": [("07:00", 12.5, 192), ("07:01", 12.75, 192), ("07:02", None, 32768)],
    "Dairy.Pasteurizer1.OutletTemp": [("07:00", 161.6, 192), ("07:01", 161.8, 192)],
    "Dairy.Pasteurizer2.FlowRate": [("07:00", 11.5, 192), ("07:01", 0, 24)],
    "Dairy.Pasteurizer2.OutletTemp": [("07:00", 160.7, 192)],
}
CANARY = Export(
    "dairy", "canary/tags_20261102.json",
    json.dumps({"statusCode": "Good", "errors": [], "data": {
        tag: [{"t": f"2026-11-02T{clock}:00.0000000+01:00", "v": value, "q": code} for clock, value, code in values]
        for tag, values in _TAGS.items()
    }}, indent=2).encode(),
    (
        ("mappings/tags.toml", 'outlet_temp = "C"', 'outlet_temp = "F"'),
        ("mappings/tags.toml", SITE, 'factory_id = "dairy"'),
        ("profile.toml", 'default = "UTC"', 'default = "Europe/Berlin"'),
    ),
    {"records": 8, "rows": 6, "blank": 1, "rejected": 1, "faulty": 0},
    "SELECT machine_id, reading_count, round(outlet_temp_maximum_c, 1) AS hottest_c, round(flow_rate_minimum_m3_h, 2) "
    "AS least_m3_h FROM gold.machine_daily ORDER BY 1",
    [
        {"machine_id": "Pasteurizer1", "reading_count": 4, "hottest_c": 72.1, "least_m3_h": 12.5},
        {"machine_id": "Pasteurizer2", "reading_count": 2, "hottest_c": 71.5, "least_m3_h": 11.5},
    ],
)  # fmt: skip

REPORT = Export(
    "boilers", "pi/boilers_20261102.csv",
    b"""Report,Boiler house hourly,,,
Generated,02-Nov-2026 10:05:00,,,
Tag,U1.FI101.PV,U1.TI102.PV,U2.FI101.PV,U2.P201.RUN
Units,t/h,degF,t/h,
02-Nov-26 06:00:00,"1,204.5",88.2,910,Running
02-Nov-26 07:00:00,"1,198",Bad Input,905.5,Running
02-Nov-26 08:00:00,I/O Timeout,88.9,No Data,Stopped
02-Nov-26 09:00:00,"1,201.25",89.4,899,Stopped
""",
    (
        ("mappings/boilers.toml", ASKED_ZONE, CHICAGO),
        ("mappings/boilers.toml", SITE, 'factory_id = "boilers"'),
        ("mappings/boilers.toml", 'machine = "P201"', 'machine = "U2"'),
        ("profile.toml", 'default = "UTC"', 'default = "America/Chicago"'),
        ("profile.toml", '[metrics.ti_102]\nunit = "F"', '[metrics.ti_102]\nunit = "C"'),
    ),
    {"records": 16, "rows": 13, "blank": 3, "rejected": 0, "faulty": 0},
    "SELECT machine_id, local_date::text AS day, reading_count, fi_101_maximum_t_h AS most_t_h, "
    "round(ti_102_minimum_c, 1) AS coldest_c, run_mean_number AS running FROM gold.machine_daily ORDER BY 1",
    [
        {"machine_id": "U1", "day": "2026-11-02", "reading_count": 6, "most_t_h": 1204.5, "coldest_c": 31.2,
         "running": None},
        {"machine_id": "U2", "day": "2026-11-02", "reading_count": 7, "most_t_h": 910.0, "coldest_c": None,
         "running": 0.5},
    ],
)  # fmt: skip


@pytest.mark.parametrize("export", [WINCC, CANARY, REPORT], ids=lambda export: export.name)
def test_from_folder_to_first_query(export: Export, tmp_path: Path) -> None:
    landing, plant = tmp_path / "landing", tmp_path / export.name
    (landing / export.path).parent.mkdir(parents=True)
    (landing / export.path).write_bytes(export.content)
    (tmp_path / "assay.toml").write_text(f'plant = "./{export.name}"\nlanding = "landing"\nlake = "lake"\n')

    assert run(tmp_path, f"plant draft {landing} --out {plant}").returncode == FINE
    assert len(export.edits) <= MOST_EDITS
    for name, old, new in export.edits:
        text = (plant / name).read_text()
        assert text.count(old) == 1, (old, text)
        (plant / name).write_text(text.replace(old, new))
    assert run(tmp_path, "plant check").returncode == FINE
    (mapping,) = (plant / "mappings").glob("*.toml")
    tried = run(tmp_path, f"plant try {mapping.stem} --json")

    assert tried.returncode == (PERSON if export.counts["rejected"] else FINE), tried.stderr
    report = json.loads(tried.stdout)
    assert {name: report[name] for name in export.counts} == export.counts
    for job in ("ingest", "silver", "gold"):
        done = run(tmp_path, f"{job} --as-of 2026-11-03T00:00:00Z")
        assert done.returncode == FINE, done.stderr
    asked = run(tmp_path, "sql --json", export.query)
    assert asked.returncode == FINE, asked.stderr
    found = json.loads(asked.stdout)
    assert [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]] == export.answer
