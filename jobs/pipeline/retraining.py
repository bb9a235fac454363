"""A challenger, promoted if its gate agrees, and its bundle: what `retrain_monthly` does, in one process."""

from datetime import datetime

from jobs.models.promote import promote
from jobs.models.train import train
from jobs.models.wish import Wish
from jobs.pipeline.job import answered, seal
from jobs.runtime.exits import ExitCode
from jobs.runtime.prepared import open_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def retrain_new(settings: Settings, wish: Wish, as_of: datetime) -> RunReport:
    """Train, promote, seal. A gate that refuses leaves champion and bundle as they are; the exit code is 3 then.

    Raises:
        UsageError: A parameter is not legal, or there is nothing to train from.
        GateRefused: The bundle is too large, or a golden row differs; the champion is the new version.
    """
    plant = open_plant(settings)
    reports = [train(plant, settings, wish, as_of)]
    reports.append(answered(lambda: promote(plant, as_of, reason=wish.reason)))
    refused = "verdict" in reports[-1].data
    if not refused:
        reports.append(seal(plant, settings))
    data = {report.job: {"changed": report.changed, **report.data} for report in reports}
    reasons = {"reasons": reports[-1].data["reasons"]} if refused else {}
    return RunReport(
        "retrain", any(report.changed for report in reports), tuple(line for one in reports for line in one.lines),
        {"steps": data, **reasons}, ExitCode.REFUSED if refused else ExitCode.DONE,
    )  # fmt: skip
