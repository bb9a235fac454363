"""`assay alerts` as processes, with the settings of a test's servers in their environment."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.alert_rig import SECRET
from tests.support.certificates import Authority

REPO = Path(__file__).resolve().parents[2]
# Run in place of the command: the process kills itself before a line of `jobs/alerts`, or counts these lines.
KILLED = """
import os, signal, sys
strike, seen = int(sys.argv.pop(1)), 0
def line(frame, event, _argument):
    global seen
    if event == "line":
        seen += 1
        if seen == strike:
            os.kill(os.getpid(), signal.SIGKILL)
    return line
def call(frame, event, _argument):
    return line if os.sep + "alerts" + os.sep in frame.f_code.co_filename else None
from jobs.cli import main
sys.settrace(call)
code = main(sys.argv[1:])
sys.settrace(None)
print("LINES", seen)
sys.exit(code)
"""


@dataclass
class Commands:
    """Where the commands run: folder and settings."""

    folder: Path
    authority: Authority
    settings: dict[str, str] = field(default_factory=dict)
    environment_more: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    def run(self, *words: str, before: Callable[[], None] | None = None) -> "subprocess.CompletedProcess[str]":
        """Run one command to its end."""
        return self._run([sys.executable, "-m", "jobs.cli", "alerts", *words], before)

    def assay(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run any command to its end."""
        return self._run([sys.executable, "-m", "jobs.cli", *words], None)

    def killed(self, strike: int, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run one command that is killed before the line of that number; 0: it is not, and its last line counts."""
        return self._run([sys.executable, "-c", KILLED, str(strike), "alerts", *words], None)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start one command."""
        return subprocess.Popen(
            [sys.executable, "-m", "jobs.cli", "alerts", *words],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def environment(self) -> Mapping[str, str]:
        """The variables: those of the shell without our own, and the settings."""
        outer = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
        ours = {
            "ASSAY_STATE": str(self.state),
            "ASSAY_LAKE": str(self.folder / "lake"),
            "ASSAY_LANDING": str(self.folder / "landing"),
            "ASSAY_ALERTS_CA_FILE": str(self.authority.ca_file),
            "ASSAY_ALERTS_WEBHOOK_SECRET": SECRET,
            "PYTHONPATH": str(REPO),
            "XDG_RUNTIME_DIR": str(self.folder),
        }
        return (
            outer
            | ours
            | self.environment_more
            | {f"ASSAY_ALERTS_{name.upper()}": value for name, value in self.settings.items()}
        )

    def _run(self, words: list[str], before: Callable[[], None] | None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=before,
        )


def no_file_grows() -> None:
    """Let the process write no file at all, as on a full disk. Python ignores the signal, so that a write fails."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
