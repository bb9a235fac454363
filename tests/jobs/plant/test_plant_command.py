"""`assay plant check|try`: what mappings match and make of files, seen by a person, with no lake."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from jobs import cli

REPO = Path(__file__).parents[3]
CASE = REPO / "tests" / "field_cases" / "spring_change"
FINE, USAGE, PERSON_NEEDED = 0, 2, 3
pytestmark = pytest.mark.usefixtures("away_from_the_users_settings")


class Typed:
    """The command in a plant of one mapping, whose files lie in `landing`."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        shutil.copytree(CASE, folder)
        shutil.copy(CASE.parent / "profile.toml", folder / "profile.toml")
        self.file = folder / "landing" / "spring_change" / "a.csv"
        self.mapping = folder / "mappings" / "spring_change.toml"

    def __call__(self, *words: str) -> tuple[int, str]:
        folders = [
            "--plant",
            str(self.folder),
            "--landing",
            str(self.folder / "landing"),
            "--lake",
            str(self.folder / "x"),
        ]
        code = cli.main(["plant", *words, *folders])
        assert not (self.folder / "x").exists(), "no lake is touched"
        captured = self.capsys.readouterr()
        return code, captured.out or captured.err


@pytest.fixture
def plant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(tmp_path / "field", capsys)


def test_each_file_has_one_mapping(plant: Typed) -> None:
    code, out = plant("check")

    assert code == FINE
    assert "spring_change: 1 file\n" in out
    assert "1 files have one mapping, 0 have none, 0 have several, 0 wait" in out


def test_a_rule_that_names_no_column_is_a_usage_error_before_any_job_runs(plant: Typed) -> None:
    rule = 'name = "dense"\ntable = "silver.readings"\nseverity = "fail"\nmeaning = "m"\ncondition = "pressure > 0"\n'
    with (plant.folder / "profile.toml").open("a") as profile:
        profile.write(f"\n[[rules]]\n{rule}")

    code, out = plant("check")

    assert code == USAGE
    assert "rule dense of the profile: " in out
    assert "pressure" in out


def test_a_rule_that_gateways_cannot_ask_is_named(plant: Typed) -> None:
    rule = (
        'name = "dense"\ntable = "silver.readings"\nseverity = "quarantine"\nmeaning = "m"\ncondition = "value > 0"\n'
    )
    with (plant.folder / "profile.toml").open("a") as profile:
        profile.write(f"\n[[rules]]\n{rule}")

    assert "RULE dense: gateways cannot ask it" in plant("check")[1]
    assert "no bundle is sealed" in plant("check")[1]
    with (plant.folder / "profile.toml").open("a") as profile:
        profile.write("device = false\n")
    code, out = plant("check")
    assert (code, "device = false lets them" in out) == (FINE, True)


def test_files_without_a_mapping_with_several_and_of_a_refused_one_are_named(plant: Typed) -> None:
    upper = plant.folder / "landing" / "Spring_Change" / "b.csv"
    upper.parent.mkdir()
    upper.write_text("time,value\n")
    (plant.folder / "landing" / "odd.bin").write_bytes(b"\0")
    (plant.mapping.parent / "other.toml").write_text(plant.mapping.read_text())
    (plant.mapping.parent / "broken.toml").write_text('feed = "readings"\nfiles = ["odd.*"]\nhue = 1\n')

    code, out = plant("check", "--json")
    found = json.loads(out)

    assert code == PERSON_NEEDED
    assert found["several"] == {"spring_change/a.csv": ["other", "spring_change"]}
    assert list(found["unmatched"]) == ["Spring_Change/b.csv"]
    assert "differs in case only" in found["unmatched"]["Spring_Change/b.csv"]
    assert found["refused"]["broken"]["waiting"] == ["odd.bin"]
    assert "hue" in found["refused"]["broken"]["faults"][0]


def test_records_are_shown_below_their_lines_and_rejected_ones_with_their_reason(plant: Typed) -> None:
    code, out = plant("try", "spring_change")

    shown = out.splitlines()
    assert code == PERSON_NEEDED
    assert shown[1] == "  2: 2026-03-29 01:59:00,21.5"
    assert "measured_at=2026-03-29T00:59:00Z" in shown[2]
    assert "machine_id=P1" in shown[2]
    assert shown[3] == "  3: 2026-03-29 02:30:00,21.6"
    assert "REJECTED 1: time_does_not_exist" in shown[4]
    assert shown[-1] == "3 records: 2 read (0 of them to be set aside), 0 without a value, 1 rejected"


def test_a_compressed_file_outside_the_landing_folder_can_be_tried(plant: Typed, tmp_path: Path) -> None:
    file = tmp_path / "b.csv.gz"
    file.write_bytes(gzip.compress(plant.file.read_bytes().replace(b"02:30", b"03:30")))

    code, out = plant("try", str(plant.mapping), str(file), "--json", "--records", "1")
    found = json.loads(out)

    assert code == FINE
    assert (found["file"], found["records"], found["rows"], len(found["read"])) == ("b.csv.gz", 3, 3, 1)


def test_what_silver_would_set_aside_is_told(plant: Typed) -> None:
    plant.file.write_text("time,temp\n2026-03-29 01:59:00,5000\n")

    code, out = plant("try", "spring_change")

    assert code == PERSON_NEEDED
    assert "SET ASIDE: value_out_of_range" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("try",), "needs the name of a mapping"),
        (("try", "other"), "no mapping 'other'; legal: spring_change"),
        (("try", "spring_change", "nowhere.csv"), "no file nowhere.csv"),
        (("try", "alerts"), "matches no file"),
        (("check", "alerts"), "check takes no mapping"),
    ],
)
def test_a_wrong_word_is_a_usage_error(plant: Typed, words: tuple[str, ...], told: str) -> None:
    code, out = plant(*words)

    assert code == USAGE
    assert told in out


def test_schemas_for_editors_are_written_beside_the_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["plant", "schema", str(tmp_path)])

    mapping = json.loads((tmp_path / "mapping.schema.json").read_text())
    profile = json.loads((tmp_path / "profile.schema.json").read_text())
    assert code == FINE
    assert "#:schema ../mapping.schema.json" in capsys.readouterr().out
    assert {"time", "csv", "quality"} <= mapping["properties"].keys()
    assert {"plant", "metrics"} <= profile["properties"].keys()


@pytest.mark.parametrize("words", [[], ["no_such_folder"]])
def test_schemas_need_a_folder(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plant", "schema", *words]) == USAGE
    assert "folder" in capsys.readouterr().err
