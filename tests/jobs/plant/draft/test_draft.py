"""`assay plant draft`: what it writes can be used, and reads every record of real files that nobody described."""

import json
import re
from pathlib import Path

import pytest

from jobs import cli
from tests.architecture.sources import REPO

DATA = REPO.parent / "shared" / "data"
FINE, USAGE = 0, 2
pytestmark = pytest.mark.usefixtures("away_from_the_users_settings")


class Drafted:
    """A plant drafted from a folder, and its mappings tried on it."""

    def __init__(self, landing: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.landing, self.out, self.capsys = landing, out, capsys
        assert cli.main(["plant", "draft", str(landing), "--out", str(out), "--json"]) == FINE
        self.report = json.loads(capsys.readouterr().out)

    def text(self, name: str) -> str:
        return (self.out / name).read_text()

    def counts(self, mapping: str) -> dict[str, int]:
        """records, rows, blank, rejected and faulty of the newest file of a mapping."""
        cli.main(["plant", "try", mapping, "--json", "--plant", str(self.out), "--landing", str(self.landing)])
        found = json.loads(self.capsys.readouterr().out)
        return {name: found[name] for name in ("records", "rows", "blank", "rejected", "faulty")}


def of_texts(folder: Path, texts: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Drafted:
    for name, text in texts.items():
        path = folder / "landing" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Drafted(folder / "landing", folder / "plant", capsys)


def all_read(count: int) -> dict[str, int]:
    return {"records": count, "rows": count, "blank": 0, "rejected": 0, "faulty": 0}


def test_a_row_a_reading_by_json_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        {"ts": f"2026-01-01T00:0{minute}:00Z", "machine": "P1", "tag": tag, "value": value, "unit": unit}
        for minute in range(3)
        for tag, value, unit in (("temp", 21.5 + minute, "C"), ("press", 1.02, "bar"))
    ]
    drafted = of_texts(tmp_path, {"a.jsonl": "".join(json.dumps(line) + "\n" for line in lines)}, capsys)

    assert drafted.report["refused"] == {}
    assert drafted.counts("a") == all_read(6)
    assert 'unit = "bar"' in drafted.text("profile.toml")


def test_guesses_have_evidence_and_what_the_file_cannot_say_is_a_question(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"2026-01-01 00:{minute:02},{20 + minute / 10},-999,7\n" for minute in range(20))
    drafted = of_texts(tmp_path, {"logger/room 7.csv": f"time,Temp [°C],p,Firmware Version\n{rows}"}, capsys)

    mapping, profile = drafted.text("mappings/room.toml"), drafted.text("profile.toml")
    assert '"Temp [°C]" = { metric = "temp", unit = "C" } # from the column\'s name' in mapping
    assert 'missing = ["-999"] # seen: -999 20 times' in mapping
    assert re.search(r'zone = "UTC" # QUESTION: which zone', mapping)
    assert "QUESTION: which machine is this?" in mapping
    assert '"Firmware Version", # what a device says of itself, by its name' in mapping
    assert 'bucket = "1min" # readings are usually 0:01:00 apart' in profile
    assert "resolution = 0.1 # 1 digits behind the point were seen" in profile
    assert drafted.report["questions"] == (mapping + profile).count("QUESTION")


def test_a_european_export_is_read_without_an_edit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Semicolons, decimal commas, cp1252, day first, and a column that is blank or the same all day."""
    rows = "".join(f"31.01.2026 10:{minute:02}:00;P{minute % 2};21,{minute};1,02;---\r\n" for minute in range(10, 40))
    path = tmp_path / "landing" / "scada" / "Pumpen_20260131.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(f"Zeit;Pumpe;Temperatur [°C];Druck_bar;Strom [A]\r\n{rows}".encode("cp1252"))

    drafted = Drafted(tmp_path / "landing", tmp_path / "plant", capsys)

    assert drafted.report["refused"] == {}
    assert drafted.counts("pumpen") == {"records": 90, "rows": 60, "blank": 30, "rejected": 0, "faulty": 0}
    mapping = drafted.text("mappings/pumpen.toml")
    assert 'machine_id = "Pumpe"' in mapping
    assert 'format = "%d.%m.%Y %H:%M:%S"' in mapping


def test_a_list_of_answers_to_alarms_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = "".join(f"2026-01-0{day}T06:00:00Z,P1,rossi,refuted\n" for day in range(1, 5))
    readings = "".join(f"2026-01-0{day}T06:00:00Z,P1,{day}.5\n" for day in range(1, 5))
    texts = {"alarm_answers.csv": f"at,machine,who,result\n{lines}", "scada.csv": f"at,machine,temp_c\n{readings}"}
    drafted = of_texts(tmp_path, texts, capsys)

    assert drafted.report["refused"] == {}
    assert drafted.counts("alarm_answers") == all_read(4)
    assert re.search(r'feed = "answers"', drafted.text("mappings/alarm_answers.toml"))
    assert re.search(r'answer = "result"', drafted.text("mappings/alarm_answers.toml"))


def test_reports_of_gateways_are_heartbeats_and_no_readings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = "".join(f"2026-01-0{day}T06:00:00Z,gw-{day % 2},9{day}.5,{day}3600,2.1\n" for day in range(1, 5))
    readings = "".join(f"2026-01-0{day}T06:00:00Z,P1,{day}.5\n" for day in range(1, 5))
    texts = {
        "heartbeats.csv": f"at,gateway,battery,uptime_s,fw\n{lines}",
        "scada.csv": f"at,machine,temp_c\n{readings}",
    }
    drafted = of_texts(tmp_path, texts, capsys)

    assert drafted.report["refused"] == {}
    assert drafted.counts("heartbeats") == all_read(4)
    text = drafted.text("mappings/heartbeats.toml")
    assert re.search(r'feed = "heartbeats"', text)
    for pair in (
        'gateway_id = "gateway"',
        'battery_pct = "battery"',
        'uptime_s = "uptime_s"',
        'software_version = "fw"',
    ):
        assert pair in text


def test_lines_above_the_header_and_a_row_of_units_are_no_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"02.11.2026;06:{minute:02}:00;\u2212{minute},5;Gut\n" for minute in range(3))
    text = f"Anlage;S\u00fcd\n\nDatum;Uhrzeit;Temperatur;Status\n;;\u00b0C;\n{rows}"
    drafted = of_texts(tmp_path, {"trend.csv": text}, capsys)

    mapping = drafted.text("mappings/trend.toml")
    assert "skip = 2 #" in mapping
    assert "skip_after_header = 1 #" in mapping
    assert "# seen: -2.5 to -0.5" in drafted.text("profile.toml")
    assert drafted.counts("trend") == all_read(3)


def test_files_that_differ_in_numbers_only_are_one_mapping(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "time,machine,temp\n2026-01-01T00:00:00Z,P1,1.5\n"
    drafted = of_texts(tmp_path, {f"day 2026-01-0{day}/log_{day}.csv": text for day in (1, 2)}, capsys)

    assert list(drafted.report["sources"]) == ["log"]
    assert drafted.counts("log") == all_read(1)


def test_prose_and_binary_files_are_left_out_with_their_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = "time,machine,temp\n2026-01-01T00:00:00Z,P1,1.5\n"
    prose = "This is a page\nof prose here\n"
    drafted = of_texts(tmp_path, {"a.csv": good, "read me.txt": prose, "b.bin": "\0\1"}, capsys)

    assert drafted.report["left_out"].keys() == {"read me.txt", "b.bin"}


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()

    assert cli.main(["plant", "draft", str(tmp_path), "--out", str(tmp_path / "out")]) == USAGE
    assert "is there already" in capsys.readouterr().err


def test_nothing_to_draft_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "landing").mkdir()

    assert cli.main(["plant", "draft", str(tmp_path / "landing"), "--out", str(tmp_path / "out")]) == USAGE
    assert "it is empty" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            "azure_pdm",
            {
                "pdm_telemetry": 4 * 43_200, "pdm_failures": 761, "pdm_errors": 3_919, "pdm_maint": 3_286,
                "pdm_machines": 100,
            },
        ),
        ("nab_machine_temperature",
         {"machine_temperature_system_failure": 22_695, "ambient_temperature_system_failure": 7_267}),
    ],
)  # fmt: skip
def test_real_files_are_read_whole_by_their_draft(
    data: str, expected: dict[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an edit; what remains are names, zones and units that only the plant knows."""
    if not (DATA / data).is_dir():
        pytest.skip(f"no {data} beside the checkout (../shared/data)")
    drafted = Drafted(DATA / data, tmp_path / "plant", capsys)

    assert drafted.report["refused"] == {}
    assert {name: drafted.counts(name) for name in expected} == {name: all_read(n) for name, n in expected.items()}


def test_a_factorys_drops_are_two_mappings_of_six_files_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not (DATA / "xep_factory").is_dir():
        pytest.skip("no xep_factory beside the checkout (../shared/data)")
    drafted = Drafted(DATA / "xep_factory", tmp_path / "plant", capsys)

    assert drafted.report["sources"] == {
        "machinestatus": {"files": "week_*/machinestatus_*.csv", "feed": "readings"},
        "vibrationdata": {"files": "week_*/vibrationdata_*.csv", "feed": "readings"},
    }
    states = drafted.counts("machinestatus")
    assert states["rejected"] == states["faulty"] == 0
    assert states["records"] == states["rows"] + states["blank"] == 21 * 30_300
    vibration = drafted.counts("vibrationdata")
    assert vibration["rejected"] == vibration["faulty"] == 0
    assert vibration["rows"] > 10_000
