"""The gateway as one file that any Python 3.9 or newer runs: ``domain``, ``edge_bundle.format`` and the gateway zipped.

Members are stored, not compressed, sorted, and dated 1980: the same source gives the same bytes with any zlib.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHEBANG = b"#!/usr/bin/env python3\n"
PACKAGES = ("domain", "edge_bundle/format", "edge_bundle/gateway")
_MAIN = "import sys\n\nfrom edge_bundle.gateway.__main__ import main\n\nsys.exit(main())\n"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def gateway_zipapp() -> bytes:
    """The bytes of the ``.pyz``."""
    members = {"__main__.py": _MAIN.encode()}
    sources = [
        ROOT / "edge_bundle" / "__init__.py",
        *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")),
    ]
    for path in sources:
        members[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            archive.writestr(_entry(name), members[name])
    return SHEBANG + packed.getvalue()


def write_gateway_zipapp(path: Path) -> Path:
    """Write the ``.pyz``, executable; complete or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(gateway_zipapp())
    draft.chmod(0o755)
    return draft.replace(path)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = 3  # Unix, wherever it is made
    entry.external_attr = 0o644 << 16
    return entry
