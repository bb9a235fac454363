"""Where tests write: in memory, if there is enough of it."""

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "setup" / "memory_folder.sh"


def folder(place: Path, megabytes: int) -> str:
    done = subprocess.run([SCRIPT, place, str(megabytes)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


def test_a_place_with_room_gives_a_new_empty_folder(tmp_path: Path) -> None:
    first, second = folder(tmp_path, 1), folder(tmp_path, 1)

    assert sorted(map(str, tmp_path.iterdir())) == sorted([first, second])
    assert list(Path(first).iterdir()) == []


def test_a_place_with_too_little_room_is_left_alone(tmp_path: Path) -> None:
    assert folder(tmp_path, 10**9) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_system_without_the_place_has_no_such_folder(tmp_path: Path) -> None:
    assert folder(tmp_path / "nowhere", 1) == ""
