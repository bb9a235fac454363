"""What the gateway's process loads: each of these modules costs a device memory for its whole life.

`python -m bench.gateway` prints the peak of ten minutes at 5,000 readings a second; the aim is 40 MB.
"""

import json
import subprocess
import sys

from tests.architecture.sources import REPO
from tests.support.waiting import PATIENCE_S

# Loaded by `ctypes.util`, `uuid` or a convenience: 2 MB, measured as resident memory of a bare interpreter.
NEEDLESS = {"bz2", "ctypes.util", "lzma", "random", "shutil", "subprocess", "tempfile", "uuid"}
LOADS = "import json, sys\nimport edge_bundle.gateway.__main__\nprint(json.dumps(sorted(sys.modules)))"


def test_the_gateway_loads_no_module_that_it_does_not_need() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", LOADS], cwd=REPO, capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    loaded = set(json.loads(done.stdout))

    assert "edge_bundle.format.ed25519" in loaded
    assert loaded & NEEDLESS == set()
