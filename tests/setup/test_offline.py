"""`setup/offline.sh`: a second `make setup` where there is no network."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "setup" / "offline.sh"
# An address of documentation (RFC 5737): connecting a datagram socket sends nothing, and fails where no road leads out.
ASKS = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"


def checked(folder: Path, recipe: str, path: str | None = None) -> "subprocess.CompletedProcess[str]":
    """The script in a folder whose Makefile has such a recipe for `setup`."""
    (folder / "Makefile").write_text(f"setup:\n\t@{recipe}\n")
    environment = {"PATH": path or "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "MAKEFLAGS": "-n"}
    words = ["bash", str(SCRIPT)]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def namespaces(tmp_path: Path) -> None:
    said = checked(tmp_path, "true").stdout
    if "skipped" in said:
        pytest.skip(said.strip())


@pytest.mark.usefixtures("namespaces")
def test_a_set_up_that_asks_for_no_network_passes(tmp_path: Path) -> None:
    done = checked(tmp_path, "touch ran")

    assert (done.returncode, (tmp_path / "ran").exists()) == (0, True)
    assert "make setup asked for no network" in done.stdout


@pytest.mark.usefixtures("namespaces")
def test_a_set_up_that_asks_for_one_fails(tmp_path: Path) -> None:
    done = checked(tmp_path, f'python3 -c "{ASKS}"')

    assert done.returncode != 0
    assert "Network is unreachable" in done.stderr


def test_where_there_are_no_namespaces_it_says_so_and_ends_well(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "unshare").write_text("#!/bin/sh\necho 'unshare: Operation not permitted' >&2\nexit 1\n")
    (tools / "unshare").chmod(0o755)

    done = checked(tmp_path, "touch ran", f"{tools}:/usr/bin:/bin")

    assert (done.returncode, (tmp_path / "ran").exists()) == (0, False)
    assert done.stdout.startswith("offline: skipped, this system gives no network namespace (unshare: Operation not")
