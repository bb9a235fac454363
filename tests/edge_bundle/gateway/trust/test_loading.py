"""What scores is what the bundle's signature covers: the bytes that were verified, whatever lies or moves on disk."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_bundle.compiler.kernel import build
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.errors import BundleError, KernelError
from edge_bundle.format.kernel import ARCHITECTURES, architecture, library_name, load_sealed
from edge_bundle.format.sealed_file import SealedFile
from edge_bundle.gateway.trust.loading import LoadedBundle, load
from edge_bundle.gateway.trust.trial import crash_of
from tests.edge_bundle.gateway.plant_files import reading_records, write_readings
from tests.edge_bundle.gateway.plants import sealed, small_bundle_bytes, small_pipeline
from tests.support.edge_models import TRUSTED, kernel_folder, own_library, own_library_bytes
from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parents[4]
needs_seccomp = pytest.mark.skipif(
    platform.machine() not in {"x86_64", "aarch64"}, reason="the number of memfd_create is known for two machines"
)
RUN = """
import sys
sys.path.insert(0, sys.argv[1])
{before}
from edge_bundle.gateway.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


def loaded(folder: Path, library: bytes | None = None) -> LoadedBundle:
    """The small bundle with this library signed in it; None for the true one, empty for none."""
    (folder / "small.bundle").write_bytes(sealed(small_pipeline(), library=library))
    return load(folder / "small.bundle", [TRUSTED])


def foreign_library() -> bytes:
    other = next(name for name in ARCHITECTURES if name != architecture())
    return (kernel_folder() / library_name(other)).read_bytes()


def odd_library(folder: Path, constructor: str) -> bytes:
    """The kernel with a function that runs when it is loaded."""
    source = build.SOURCE.read_text() + f"\n__attribute__((constructor)) static void first(void) {{ {constructor} }}\n"
    (folder / "odd.c").write_text(source)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", build.TARGETS[str(architecture())], *build.FLAGS]
    subprocess.run(
        [*command, "-fPIC", "-shared", str(folder / "odd.c"), "-o", str(folder / "odd.so")],
        check=True,
        capture_output=True,
    )
    return (folder / "odd.so").read_bytes()


def test_the_library_that_the_bundle_signed_scores(tmp_path: Path) -> None:
    mine = loaded(tmp_path)

    assert (mine.golden.scorer, mine.kernel_reason) == ("library", f"{own_library()} fits this machine")


def test_a_bundle_without_a_library_is_scored_by_python_whatever_lies_beside_it(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "kernel"):
        folder.mkdir(exist_ok=True)
        (folder / own_library()).write_bytes(own_library_bytes())

    mine = loaded(tmp_path, b"")

    assert (mine.golden.scorer, mine.kernel_reason) == ("python", f"the bundle holds no {own_library()}")


@pytest.mark.parametrize("library", [foreign_library, lambda: b"no library"], ids=["other machine", "garbage"])
def test_a_library_that_this_machine_cannot_load_leaves_the_scoring_to_python(
    tmp_path: Path, library: Callable[[], bytes]
) -> None:
    mine = loaded(tmp_path, library())

    assert mine.golden.scorer == "python"
    assert mine.kernel_reason.startswith(f"{own_library()} cannot be loaded here: ")


@pytest.mark.parametrize(
    "constructor", ["__builtin_trap();", "*(volatile int *)0 = 1;"], ids=["unknown instruction", "wild pointer"]
)
def test_a_library_that_crashes_does_so_in_a_process_of_its_own(tmp_path: Path, constructor: str) -> None:
    mine = loaded(tmp_path, odd_library(tmp_path, constructor))

    assert mine.golden.scorer == "python"
    assert mine.kernel_reason.startswith(f"{own_library()} failed its trial: it ended by SIG")


def test_a_trial_that_does_not_end_is_ended() -> None:
    assert str(crash_of(signal.pause)).startswith("it did not end within ")
    assert crash_of(lambda: None) is None
    assert crash_of(lambda: 1 // 0) is None  # an exception comes again, and says more, in this process


def test_a_file_that_is_swapped_all_the_time_is_taken_as_it_was_verified_or_not_at_all(tmp_path: Path) -> None:
    """Between every two system calls of a load another bundle may come to lie at its path."""
    good, bad = small_bundle_bytes(), bytearray(small_bundle_bytes())
    bad[len(bad) // 2] ^= 1
    path, stop = tmp_path / "small.bundle", threading.Event()
    path.write_bytes(good)

    def swap() -> None:
        while not stop.is_set():
            for number, data in enumerate((bytes(bad), good)):
                draft = tmp_path / f"draft{number}"
                draft.write_bytes(data)
                draft.replace(path)

    swapping = threading.Thread(target=swap)
    swapping.start()
    taken = 0
    try:
        for _ in range(60):
            try:
                opened = open_bundle(path, [TRUSTED])
            except BundleError:
                continue
            taken += 1
            assert opened.member(f"kernel/{own_library()}") == own_library_bytes()
    finally:
        stop.set()
        swapping.join()
    assert taken > 0


def test_nobody_can_change_a_sealed_file() -> None:
    file = SealedFile(b"signed bytes", "test")
    try:
        handle = os.open(file.path, os.O_RDWR)
        for change in (
            lambda: os.write(handle, b"x"),
            lambda: os.ftruncate(handle, 3),
            lambda: os.ftruncate(handle, 99),
            lambda: fcntl.fcntl(handle, fcntl.F_ADD_SEALS, 0),
        ):
            with pytest.raises(PermissionError):
                change()
        os.close(handle)
        assert Path(file.path).read_bytes() == b"signed bytes"
    finally:
        file.close()


def test_two_libraries_of_one_process_are_never_taken_for_each_other() -> None:
    """A loader that knows a path gives what it loaded from there before; sealed files live under reused numbers."""
    kernels = [load_sealed("a", own_library_bytes()), load_sealed("b", own_library_bytes() + b"\0")]
    with pytest.raises(KernelError):
        load_sealed("c", b"no library")
    kernels.append(load_sealed("d", own_library_bytes() + b"\0\0"))

    assert len({str(kernel.path) for kernel in kernels}) == 3
    addresses = {ctypes.cast(kernel._margin, ctypes.c_void_p).value for kernel in kernels}
    assert len(addresses) == 3
    assert load_sealed("a", own_library_bytes()) is kernels[0]


def run_with(folder: Path, before: str, *start: str) -> subprocess.CompletedProcess[str]:
    """A gateway's run after some lines of Python, started by a command."""
    (folder / "small.bundle").write_bytes(small_bundle_bytes())
    readings = write_readings(folder / "readings.jsonl", reading_records(minutes=15))
    words = ["run", "--bundle", "small.bundle", "--trusted-key", TRUSTED.hex(), "--state", "state", "--uplink", "up"]
    words += ["--gateway-id", "g1", "--replay", str(readings)]
    command = [*start, sys.executable, "-S", "-I", "-c", RUN.format(before=before), str(ROOT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=PATIENCE_S)


@needs_seccomp
def test_where_the_system_refuses_sealed_files_python_scores_and_says_so(tmp_path: Path) -> None:
    refusal = "from tests.support.refused_calls import refuse_memfd_create\nrefuse_memfd_create()"

    done = run_with(tmp_path, refusal)

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)["scorer"]
    assert said == f"python: no sealed file in memory for {own_library()}: Operation not permitted"


def test_where_no_handle_is_left_no_file_is_sealed_and_the_reason_is_said() -> None:
    script = """
import os, resource, sys
from edge_bundle.format.kernel import load_sealed
from edge_bundle.format.errors import KernelError
resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
held = []
while True:
    try:
        held.append(os.open("/", os.O_RDONLY))
    except OSError:
        break
try:
    load_sealed("lib", b"bytes")
except KernelError as exc:
    os.close(held.pop())
    print(exc)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)

    assert done.stdout.strip() == "no sealed file in memory for lib: Too many open files", done.stderr


def test_without_proc_python_scores_and_says_so(tmp_path: Path) -> None:
    start = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        'mount -t tmpfs none /proc && exec "$@"',
        "sh",
    ]
    if subprocess.run([*start, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount over /proc (unshare)")

    done = run_with(tmp_path, "", *start)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scorer"].startswith(f"python: no sealed file in memory for {own_library()}: ")
