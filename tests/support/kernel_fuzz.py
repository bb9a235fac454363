"""The kernel under sanitizers, fed with altered models.

python -m tests.support.kernel_fuzz --executions 100000000
"""

from __future__ import annotations

import argparse
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from edge_bundle.compiler.kernel import build
from edge_bundle.format.model_blob import ModelKind
from tests.edge_bundle.gateway.plants import random_model
from tests.support.edge_models import small_models

SOURCE = Path(__file__).resolve().parents[1] / "edge_bundle" / "compiler" / "kernel_fuzz.c"
FLAGS = ("-g", "-O1", "-ffp-contract=off", "-fno-omit-frame-pointer", "-fsanitize=address,undefined",
         "-fno-sanitize-recover=all")  # fmt: skip


@lru_cache(maxsize=1)
def compiler() -> str | None:
    """A C compiler with both sanitizers; None where this machine has none."""
    for name in ("gcc", "clang"):
        path = shutil.which(name)
        if path and _builds(path):
            return path
    return None


def _builds(path: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "empty.c"
        source.write_text("int main(void) { return 0; }\n")
        made = [path, *FLAGS, str(source), "-o", str(Path(folder) / "empty")]
        return subprocess.run(made, capture_output=True, check=False).returncode == 0


def build_fuzzer(folder: Path, weaken: tuple[str, str] | None = None) -> Path:
    """The program and its models in a folder; `weaken` replaces one text of the kernel's source by another."""
    kernel = build.SOURCE.read_text()
    if weaken is not None:
        assert weaken[0] in kernel
        kernel = kernel.replace(*weaken)
    (folder / "flat.c").write_text(kernel)
    command = [str(compiler()), *FLAGS, str(SOURCE), str(folder / "flat.c"), "-o", str(folder / "fuzz")]
    subprocess.run(command, check=True, capture_output=True)
    blobs = [small_models()[0].blob, small_models()[1].blob]
    blobs += [random_model(kind, 5, seed, n_trees=trees).blob for kind in ModelKind for seed, trees in ((1, 1), (2, 9))]
    (folder / "models").write_bytes(b"".join(struct.pack("<I", len(blob)) + blob for blob in blobs))
    return folder / "fuzz"


def run_fuzzer(program: Path, executions: int, seed: int) -> subprocess.CompletedProcess[str]:
    """Let it run; beside it lie its models."""
    command = [str(program), str(program.with_name("models")), str(executions), str(seed)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Run many; 0 where no sanitizer had anything to say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    if compiler() is None:
        sys.stderr.write("no gcc or clang with sanitizers on this machine\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        done = run_fuzzer(build_fuzzer(Path(folder)), args.executions, args.seed)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
