"""Make systemd's units for this checkout: `python -m setup.render_units`, or `make systemd`.

The templates in setup/systemd name no path of any machine; this fills in where the checkout and the data are, which
account runs the jobs, and how much memory they may take. It writes into a folder of the checkout and installs nothing.
"""

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_TEMPLATES = Path(__file__).with_name("systemd")
_UNITS = ("*.service", "*.timer", "*.target", "assay.toml", "assay")
_PROGRAM = "assay"  # the only one of them that is run
# Parts that several units share: a marker, and the file that takes its place. In this order: the first hold the last.
_SHARED = {"@JOB@": "job.conf", "@AIRFLOW@": "airflow.conf", "@COMMON@": "common.conf"}
_PATH = re.compile(r"(?:/[A-Za-z0-9_.@+-]+)+")  # what needs no quotes in a unit, and no % that systemd would replace
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,30}")  # Source: useradd(8)
_MEMORY = re.compile(r"([1-9]\d*)([mg])")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="python -m setup.render_units", description=__doc__)
    root.add_argument(
        "--data", default="/var/lib/assay", help="folder of lake, landing, keys, state; default %(default)s"
    )
    root.add_argument("--user", default="assay", help="account that runs everything; default %(default)s")
    root.add_argument("--port", type=int, default=8080, help="port of Airflow's pages on loopback; default %(default)s")
    root.add_argument("--engine-memory", default="4g", help="heap of the Spark engine; default %(default)s")
    root.add_argument(
        "--out", type=Path, default=_ROOT / "build" / "systemd", help="where they go; default build/systemd"
    )
    return root


def values(args: argparse.Namespace) -> dict[str, str]:
    """What takes the place of each marker.

    Raises:
        ValueError: A value is not legal; the message says which and what is.
    """
    for name, path in (("the checkout", str(_ROOT)), ("--data", args.data)):
        if not _PATH.fullmatch(path):
            raise ValueError(f"{name} is {path!r}; legal: an absolute path of letters, digits and _ . @ + -")
    if not _ACCOUNT.fullmatch(args.user) or args.user == "root":
        raise ValueError(f"--user {args.user!r}; legal: an account's name, and not root")
    if not 1 <= args.port <= 65535:
        raise ValueError(f"--port {args.port}; legal: 1 to 65535")
    heap = _MEMORY.fullmatch(args.engine_memory)
    if heap is None:
        raise ValueError(f"--engine-memory {args.engine_memory!r}; legal: a whole number with m or g, such as 4g")
    heap_mb = int(heap[1]) * (1024 if heap[2] == "g" else 1)
    job_mb = max(2048, heap_mb)
    return {
        "@CHECKOUT@": str(_ROOT), "@DATA@": args.data, "@USER@": args.user, "@PORT@": str(args.port),
        "@ENGINE_MEMORY@": args.engine_memory,
        # Source: bench/: beside its heap the engine takes for its Python workers and buffers as much again at most.
        "@ENGINE_MEMORY_MAX@": f"{2 * heap_mb + 1024}M",
        "@JOB_MEMORY@": f"{job_mb}M",
        "@SCHEDULER_MEMORY_MAX@": f"{2 * job_mb + 1024}M",  # it runs two tasks at once
    }  # fmt: skip


def render(template: str, replacing: Mapping[str, str]) -> str:
    """The template with its shared parts put in, and then a value for each marker."""
    text = template
    for marker, name in _SHARED.items():
        text = text.replace(marker, (_TEMPLATES / name).read_text(encoding="utf-8").rstrip("\n"))
    for marker, value in replacing.items():
        text = text.replace(marker, value)
    return text


def main(argv: Sequence[str] | None = None) -> int:
    """Write the units; 0 done, 2 where a value is not legal."""
    args = parser().parse_args(argv)
    try:
        replacing = values(args)
    except ValueError as error:
        sys.stderr.write(f"systemd: {error}\n")
        return 2
    args.out.mkdir(parents=True, exist_ok=True)
    templates = sorted(path for pattern in _UNITS for path in _TEMPLATES.glob(pattern))
    for path in templates:
        made = args.out / path.name
        made.write_text(render(path.read_text(encoding="utf-8"), replacing), encoding="utf-8")
        made.chmod(0o755 if path.name == _PROGRAM else 0o644)
    sys.stdout.write(f"{len(templates)} files in {args.out}; docs/operations.md says how to install them\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
