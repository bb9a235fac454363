"""Runs a command where no network can be reached: in a namespace of its own, which has loopback and nothing else.

Command: `OFFLINE` and then the words of the command, with the checkout as working directory. It takes this process's
place, so that its end is the command's.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
OFFLINE = ("unshare", "--map-root-user", "--net", sys.executable, "-m", "tests.support.offline")
# Source: netdevice(7); numbers from Linux's sockios.h and if.h.
_GET_FLAGS, _SET_FLAGS, _IS_UP = 0x8913, 0x8914, 0x1
_REQUEST = "16sH14x"


def refusal() -> str | None:
    """Why this system gives no such namespace, in one sentence; None where it does."""
    try:
        tried = subprocess.run([*OFFLINE, "true"], cwd=REPO, capture_output=True, text=True, check=False)
    except OSError as exc:
        return f"this system has no unshare ({exc.strerror})"
    if tried.returncode == 0:
        return None
    said = (tried.stderr.strip().splitlines() or ["no reason given"])[-1]
    return f"this system gives no network namespace with a loopback ({said})"


def _raise_loopback() -> None:
    """A new namespace's loopback is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        found = fcntl.ioctl(any_socket, _GET_FLAGS, struct.pack(_REQUEST, b"lo", 0))
        name, flags = struct.unpack(_REQUEST, found)
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack(_REQUEST, name, flags | _IS_UP))


if __name__ == "__main__":
    _raise_loopback()
    os.execvp(sys.argv[1], sys.argv[1:])
