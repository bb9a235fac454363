"""What is wrong with this machine, these settings, this lake, and what to do: as a report."""

from jobs.diagnosis.diagnose import diagnose
from jobs.diagnosis.finding import Level
from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def examine(settings: Settings) -> RunReport:
    """A line for each finding. Nothing is written."""
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
