"""The gateway as one file to copy to a device."""

import hashlib
from pathlib import Path

from edge_bundle.compiler.gateway_zipapp import gateway_zipapp, write_gateway_zipapp
from jobs.edge.gateway_names import ZIPAPP
from jobs.runtime.report import RunReport
from lakehouse.errors import UsageError

ON_DEVICE = f"python3 -S -I {ZIPAPP} run --help"


def write_gateway(path: Path) -> RunReport:
    """The gateway as one file, by the same source the same bytes; nothing is written where it is there already.

    Raises:
        UsageError: The file cannot be written.
    """
    data = gateway_zipapp()
    try:
        changed = not path.is_file() or path.read_bytes() != data
        if changed:
            write_gateway_zipapp(path)
    except OSError as exc:
        raise UsageError(f"{path}: {exc.strerror}; --out names a file in a folder that can be written") from exc
    digest = hashlib.sha256(data).hexdigest()
    lines = (
        f"gateway: {path}: {len(data):,} bytes, sha256 {digest[:16]}; it needs Python 3.9 or newer and nothing else",
        f"gateway: copy it with a bundle, which brings the device's scoring library, and run: {ON_DEVICE}",
    )
    return RunReport("gateway", changed=changed, lines=lines, data={"path": path, "bytes": len(data), "sha256": digest})
