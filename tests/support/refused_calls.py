"""A process in which the system refuses a call, as a hardened service or a container does: a seccomp filter.

Source: Linux, seccomp(2) and Documentation/userspace-api/seccomp_filter.rst.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

MEMFD_CREATE = {"x86_64": 319, "aarch64": 279}
"""System call number of memfd_create by machine. Source: Linux, arch/x86/entry/syscalls, asm-generic/unistd.h."""

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


class _Program(ctypes.Structure):
    _fields_ = (("count", ctypes.c_ushort), ("filters", ctypes.c_void_p))


def refuse(number: int, code: int = errno.EPERM) -> None:
    """Let every call of this number fail with this code, in this process and its children, for good."""
    steps = [(_LOAD, 0, 0, 0), (_JUMP_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | code), (_RETURN, 0, 0, _ALLOW)]
    filters = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.cast(filters, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0
    )
    if done != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def refuse_memfd_create() -> None:
    """No anonymous files in memory."""
    refuse(MEMFD_CREATE[platform.machine()])
