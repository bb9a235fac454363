"""`assay simulate`: the simulated plant's files in landing, the truth out of reach."""

import json
from pathlib import Path

import pytest

from jobs import cli
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from tests.support.commands import assay, snapshot

SMALL = ("--days", "3", "--machines", "3")


def settings_in(folder: Path) -> Settings:
    return Settings(landing=folder / "landing", lake=folder / "lake")


def test_files_land_and_the_truth_lies_aside(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    report = assay(settings, "simulate", "--truth", str(tmp_path / "truth"), *SMALL)

    truth = json.loads((tmp_path / "truth" / "truth.json").read_text())
    assert report.data["readings"] == truth["feeds"]["readings"]["records"] > 0
    assert any(settings.landing.rglob("*.jsonl*"))
    assert not settings.lake.exists()


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assay(settings_in(tmp_path / name), "simulate", "--truth", str(tmp_path / name / "t"), *SMALL, "--seed", seed)
    contents = [
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name / "landing").rglob("*.*")}
        for name in "abc"
    ]

    assert contents[0] == contents[1] != contents[2]


def test_two_steps_leave_what_one_run_leaves(tmp_path: Path) -> None:
    for name, steps in (("one", ((),)), ("two", (("--step", "1"), ("--step", "2")))):
        for step in steps:
            assay(settings_in(tmp_path / name), "simulate", "--truth", str(tmp_path / name / "t"), *SMALL, *step)

    names = [sorted(snapshot(tmp_path / name / "landing")) for name in ("one", "two")]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--days", "0"), "days"),
        (("--machines", "0"), "machines"),
        (("--truth", "landing/truth"), "lies in the landing folder"),
    ],
    ids=["days", "machines", "truth"],
)
def test_what_cannot_be_simulated_is_one_sentence_and_code_2(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"--truth": "truth", "--landing": "landing", "--lake": "lake", words[0]: words[1]}

    code = cli.main(["simulate", *(word for pair in given.items() for word in pair), "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert (code, said in answer["error"]) == (2, True), answer


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "landing").write_text("a file stands where the folder should")

    with pytest.raises(UsageError, match="landing"):
        assay(settings_in(tmp_path), "simulate", "--truth", str(tmp_path / "truth"), *SMALL)
