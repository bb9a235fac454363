"""The scoring kernel for every device architecture: ``python -m edge_bundle.compiler.kernel.build --out DIR``.

Zig's C compiler comes as a wheel and cross-compiles. The library asks for no libc at all, so the old
glibc in the target names only pins the calling convention (hard float on armv7).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from edge_bundle.compiler.errors import KernelBuildError
from edge_bundle.format.kernel import ARCHITECTURES, library_name

SOURCE = Path(__file__).with_name("flat.c")
RUNNER_SOURCE = Path(__file__).with_name("runner.c")
TARGETS = {
    "x86_64": "x86_64-linux-gnu.2.17",
    "aarch64": "aarch64-linux-gnu.2.17",
    "armv7": "arm-linux-gnueabihf.2.17",
}
# -ffp-contract=off: a fused multiply-add would change bits; the unwind tables would ask for libgcc.
FLAGS = (
    *("-std=c11", "-O2", "-ffp-contract=off", "-ffreestanding", "-nostdlib", "-fvisibility=hidden", "-s"),
    *("-fno-unwind-tables", "-fno-asynchronous-unwind-tables", "-fno-stack-protector", "-g0"),
    *("-Wall", "-Wextra", "-Werror"),
)


def build_kernels(out: Path, architectures: Sequence[str] = ARCHITECTURES) -> dict[str, Path]:
    """Libraries by architecture, built into ``out``; the same source and compiler give the same bytes.

    Raises:
        KernelBuildError: Zig is not there or refuses.
    """
    out.mkdir(parents=True, exist_ok=True)
    built: dict[str, Path] = {}
    for arch in architectures:
        built[arch] = out / library_name(arch)
        _compile(arch, ["-fPIC", "-shared", SOURCE.name], built[arch])
    return built


def build_runner(out: Path, arch: str) -> Path:
    """A static program of kernel and ``runner.c``, which QEMU runs without a system root.

    Raises:
        KernelBuildError: Zig is not there or refuses.
    """
    out.mkdir(parents=True, exist_ok=True)
    runner = out / f"assay-runner-{arch}"
    _compile(arch, ["-static", SOURCE.name, RUNNER_SOURCE.name], runner)
    return runner


def _compile(arch: str, arguments: Sequence[str], target: Path) -> None:
    """Compile from the source's own folder, so that no path can reach the bytes; then rename."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder).resolve() / target.name
        command = [sys.executable, "-m", "ziglang", "cc", "-target", TARGETS[arch]]
        result = subprocess.run(
            [*command, *FLAGS, *arguments, "-o", str(made)],
            cwd=SOURCE.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise KernelBuildError(f"the kernel for {arch} does not build: {result.stderr[-2000:]}")
        made.replace(target)


def main(argv: Sequence[str] | None = None) -> int:
    """Build for all architectures and print one JSON line with sizes and digests."""
    parser = argparse.ArgumentParser(description="Build the scoring kernel for every device architecture.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for libassay-<arch>.so")
    built = build_kernels(parser.parse_args(argv).out)
    report = {
        path.name: {"size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in built.values()
    }
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
