"""`assay doctor`: what is wrong with this machine, these settings, this lake, and what to do."""

import argparse

from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command has no options of its own."""
    parser.epilog = "Exit code 1 where anything is FAIL, else 0; a WARN is worth knowing and in nobody's way."


def run(_args: argparse.Namespace, settings: Settings) -> RunReport:
    """A line per finding. Nothing is written."""
    from jobs.diagnosis.diagnose import diagnose
    from jobs.diagnosis.finding import Level

    findings = tuple(diagnose(settings))
    fails = sum(finding.level is Level.FAIL for finding in findings)
    data = [
        {"subject": each.subject, "level": each.level, "found": each.found, "remedy": each.remedy} for each in findings
    ]
    return RunReport(
        "doctor",
        changed=False,
        lines=tuple(map(str, findings)),
        data={"findings": data, "failed": fails},
        exit_code=ExitCode.UNEXPECTED if fails else ExitCode.DONE,
    )
