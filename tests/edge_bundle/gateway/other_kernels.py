"""A scoring library that differs from the checkout's in what it computes, where a test can see it."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from edge_bundle.compiler.kernel.build import FLAGS, SOURCE, TARGETS
from edge_bundle.format.kernel import architecture

MARK = 60.0
"""Where the first feature is this, the other library's margin is larger by one; no golden row has it."""
_SUM = "spread_float64(slots, model.header->n_features, row);\n    return sum_margins(&model, slots);"


@lru_cache(maxsize=1)
def other_library() -> bytes:
    """The library's bytes, built as the checkout's is, under the same file name."""
    arch, source = architecture(), SOURCE.read_text()
    assert arch is not None
    assert source.count(_SUM) == 1
    changed = source.replace(_SUM, _SUM[:-1] + f" + (slots[0] == {MARK}f ? 1.0f : 0.0f);")
    with TemporaryDirectory() as folder:
        (Path(folder) / SOURCE.name).write_text(changed)
        made = Path(folder) / f"libassay-{arch}.so"
        command = [sys.executable, "-m", "ziglang", "cc", "-target", TARGETS[arch], *FLAGS, "-fPIC", "-shared"]
        subprocess.run([*command, SOURCE.name, "-o", str(made)], cwd=folder, check=True)
        return made.read_bytes()
