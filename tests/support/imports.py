"""What a command has imported by the time that it answers."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
# The interpreter's own record of how it was built; its name holds the platform's.
_BUILD_RECORD = "_sysconfigdata_"


def foreign_imports(code: str) -> tuple[set[str], str]:
    """The third parties that a process of its own has loaded once it has run the code; and what the code printed."""
    watched = (
        "import contextlib, json, sys\nat_start = set(sys.modules)\n"
        f"with contextlib.suppress(SystemExit):\n{textwrap.indent(code, '    ')}\n"
        "print()\nprint(json.dumps(sorted({name.partition('.')[0] for name in set(sys.modules) - at_start})))"
    )
    done = subprocess.run([sys.executable, "-c", watched], cwd=REPO, capture_output=True, text=True, check=True)
    said, _, loaded = done.stdout.rstrip().rpartition("\n")
    return {name for name in json.loads(loaded) if _is_foreign(name)}, said


def _is_foreign(name: str) -> bool:
    known = name in sys.stdlib_module_names or name.startswith(_BUILD_RECORD)
    return not known and not (REPO / name).is_dir()
