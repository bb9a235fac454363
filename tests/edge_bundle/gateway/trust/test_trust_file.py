"""What a device learnt about bundles is kept, whatever happens to its files and whenever it is killed."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from edge_bundle.format.errors import BundleError, ValidityError
from edge_bundle.gateway.errors import StateError
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import Report, run
from edge_bundle.gateway.state.store import Store
from edge_bundle.gateway.trust.admission import Admission, accept
from edge_bundle.gateway.trust.trust import ROWS_NEEDED, Trust, admit, words
from edge_bundle.gateway.trust.trust_file import TrustDamagedError, TrustFile, dump, parse
from tests.edge_bundle.gateway.plant_files import reading_records, write_readings
from tests.edge_bundle.gateway.plants import sealed, small_pipeline
from tests.edge_bundle.gateway.runs import small_call
from tests.support.trust_device import NOW, Device, bundle, confirmed, proved

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path / "state")


# The file ----------------------------------------------------------------------------------------------------------


def test_a_record_has_one_spelling() -> None:
    trust = admit(confirmed(9, floor=5), bundle(7), 7, NOW)

    assert parse(dump(trust)) == trust
    for place in range(len(dump(trust))):
        changed = bytearray(dump(trust))
        changed[place] ^= 1
        with pytest.raises(TrustDamagedError):
            parse(bytes(changed))
        with pytest.raises(TrustDamagedError):
            parse(dump(trust)[:place])


def test_a_trust_file_cut_off_anywhere_is_said_and_the_copy_counts(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    device.start(bundle(9, floor=8), rows=ROWS_NEEDED)
    whole = device.file.path.read_bytes()
    for size in [*range(0, len(whole), 37), len(whole) - 1]:
        device.file.path.write_bytes(whole[:size])
        caplog.clear()

        with pytest.raises(ValidityError, match="rules out all before build 8"):
            device.start(bundle(7))

        assert "is damaged" in caplog.text
        assert device.file.path.read_bytes() == whole
    assert len(list(device.folder.glob("trust.json.damaged-*"))) == len(range(0, len(whole), 37)) + 1


def test_a_trust_file_that_is_gone_beside_a_state_is_no_fresh_start(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    device.start(bundle(9, floor=8), rows=ROWS_NEEDED)
    device.file.path.unlink()

    with pytest.raises(ValidityError, match="rules out all before build 8"):
        device.start(bundle(7), order=7)
    assert "is made again from the state's copy" in caplog.text
    with pytest.raises(ValidityError, match="--downgrade-to 8"):
        device.start(bundle(8))
    device.start(bundle(9, floor=8))


def test_a_state_that_was_moved_away_takes_nothing_with_it(device: Device) -> None:
    device.start(bundle(9, floor=8), rows=ROWS_NEEDED)
    for path in device.folder.glob("state.sqlite*"):
        path.unlink()

    with pytest.raises(ValidityError, match="rules out all before build 8"):
        device.start(bundle(7))


def test_an_older_trust_file_that_was_put_back_does_not_count(device: Device, caplog: pytest.LogCaptureFixture) -> None:
    device.start(bundle(6), rows=ROWS_NEEDED)
    old = device.file.path.read_bytes()
    device.start(bundle(9, floor=8), rows=ROWS_NEEDED)
    device.file.path.write_bytes(old)

    with pytest.raises(ValidityError, match="rules out all before build 8"):
        device.start(bundle(7))
    assert "is older than the state's copy" in caplog.text


def test_a_damaged_file_without_any_copy_is_refused_in_one_sentence(device: Device) -> None:
    device.start(bundle(9, floor=8), rows=ROWS_NEEDED)
    device.file.path.write_bytes(b"{}")
    for path in device.folder.glob("state.sqlite*"):
        path.unlink()

    with pytest.raises(StateError, match=r"is damaged .* holds no copy\. Bring it back from a backup"):
        device.start(bundle(9, floor=8))
    assert device.file.path.read_bytes() == b"{}"


def test_a_damaged_copy_leaves_the_file_in_force(device: Device, caplog: pytest.LogCaptureFixture) -> None:
    device.start(bundle(9, floor=8), rows=ROWS_NEEDED)
    store = Store(device.folder / "state.sqlite", "g1", "small")
    store.put_about("trust", "nonsense")
    store.commit()
    store.close()

    with pytest.raises(ValidityError, match="rules out all before build 8"):
        device.start(bundle(7))
    assert "the state's copy of the trust file is damaged" in caplog.text


def test_the_floor_of_a_state_of_before_there_was_a_trust_file_goes_on(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    """Such a gateway raised it when it loaded a bundle, and kept nothing else."""
    caplog.set_level(logging.INFO)
    store = Store(device.folder / "state.sqlite", "g1", "small")
    store.put_floor(5)
    store.commit()
    store.close()

    with pytest.raises(ValidityError, match="rules out all before build 5"):
        device.start(bundle(4))
    device.start(bundle(5))
    assert "the floor 5 goes on" in caplog.text
    assert (device.trust.floor, device.trust.guard) == (5, 5)


def test_a_gateway_of_before_there_was_a_trust_file_finds_the_floor_where_it_looks(device: Device) -> None:
    device.start(bundle(9, floor=8), rows=ROWS_NEEDED)

    store = Store(device.folder / "state.sqlite", "g1", "small")
    assert store.floor() == 8
    store.close()


def test_a_trust_file_of_another_gateway_is_refused(device: Device, tmp_path: Path) -> None:
    device.start(bundle(9))
    other = Device(tmp_path / "other")
    shutil.copy2(device.file.path, other.file.path)
    store = Store(other.folder / "state.sqlite", "g2", "small")

    with pytest.raises(StateError, match="belongs to g1 of plant small, not to g2 of plant small"):
        accept(bundle(9), Admission(other.file, store, "g2 of plant small"), other.clock)
    store.close()


def test_a_link_in_the_place_of_the_draft_is_not_followed(device: Device, tmp_path: Path) -> None:
    device.start(bundle(9))
    (device.folder / ".trust.json.draft").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="symbolic link"):
        device.file.write(confirmed(9))
    assert not (tmp_path / "elsewhere").exists()


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from edge_bundle.gateway.trust.trust_file import TrustFile, parse
left = int(sys.argv[2])
def around(owner, name):
    inner = getattr(owner, name)
    def outer(*args, **kwargs):
        global left
        for when in (0, 1):
            left -= 1
            if left == 0:
                os._exit(9)
            result = inner(*args, **kwargs) if not when else result
        return result
    setattr(owner, name, outer)
for owner, name in ((os, "open"), (os, "fdopen"), (os, "fsync"), (Path, "replace"), (os, "close")):
    around(owner, name)
TrustFile(Path(sys.argv[1])).write(parse(sys.stdin.buffer.read()))
print(left)
"""


def killed_write(folder: Path, trust: Trust, deadly: int) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-S", "-c", KILLED, str(folder), str(deadly), str(ROOT)]
    return subprocess.run(command, input=dump(trust), capture_output=True, check=False)


def test_a_write_that_is_killed_anywhere_leaves_the_old_record_or_the_new_one(tmp_path: Path) -> None:
    old, new = confirmed(8, floor=3), confirmed(9, floor=8)
    steps = 1000 - int(killed_write(tmp_path, old, 1000).stdout)
    assert steps >= 12
    found = []
    for deadly in range(1, steps + 1):
        TrustFile(tmp_path).write(old)
        assert killed_write(tmp_path, new, deadly).returncode == 9
        found.append(TrustFile(tmp_path).read())

    assert found == [old] * found.count(old) + [new] * found.count(new)
    assert {found.count(old) > 0, found.count(new) > 0} == {True}


# The whole gateway -------------------------------------------------------------------------------------------------


def start_run(folder: Path, build: int, floor: int = 0, order: int | None = None) -> Report:
    folder.mkdir(exist_ok=True)
    call = small_call(folder, [write_readings(folder / "readings.jsonl", reading_records(minutes=15))])
    call.bundle.write_bytes(sealed(small_pipeline(), build=build, rollback_floor=floor))
    return run(replace(call, downgrade_to=order), StopSignal())


def test_a_run_counts_its_scores_and_reports_the_trial(tmp_path: Path) -> None:
    report = start_run(tmp_path, 9, floor=8)

    trust = TrustFile(tmp_path / "state").read()
    assert trust is not None
    assert trust.candidate is not None
    assert trust.candidate.rows == report.totals["scores"] > 0
    assert report.trust == words(trust)
    start_run(tmp_path, 3)


def test_a_bundle_that_was_confirmed_here_guards_the_next_start(tmp_path: Path) -> None:
    start_run(tmp_path, 9)
    file = TrustFile(tmp_path / "state")
    trust = file.read()
    assert trust is not None
    file.write(proved(trust))

    assert start_run(tmp_path, 9).trust == "build 9 is confirmed; floor 0"
    with pytest.raises(ValidityError, match="--downgrade-to 8"):
        start_run(tmp_path, 8)
    assert start_run(tmp_path, 8, order=8).trust.startswith("build 8 is on trial")
    assert json.loads(file.path.read_text())["trust"]["downgrades"][0]["to_build"] == 8


def test_a_bundle_that_is_refused_leaves_the_trust_as_it_was(tmp_path: Path) -> None:
    start_run(tmp_path, 7)
    before = TrustFile(tmp_path / "state").path.read_bytes()
    call = small_call(tmp_path, [])
    data = bytearray(call.bundle.read_bytes())
    data[-2000] ^= 1
    call.bundle.write_bytes(data)

    with pytest.raises(BundleError, match=r"is not the one that was signed|not zero|legal form"):
        run(call, StopSignal())

    assert TrustFile(tmp_path / "state").path.read_bytes() == before
