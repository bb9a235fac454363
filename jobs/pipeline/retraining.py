"""A challenger, promoted if its gate agrees, and its bundle: what `retrain_monthly` does, in one process."""

from datetime import datetime

from jobs.edge.champion import champions_bundle
from jobs.models import registry
from jobs.models.promote import Yes, promote
from jobs.models.train import train
from jobs.models.wish import Wish
from jobs.pipeline.job import answered, seal
from jobs.runtime.exits import ExitCode
from jobs.runtime.prepared import open_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.plant import Plant


def retrain_new(settings: Settings, wish: Wish, as_of: datetime) -> RunReport:
    """Train, promote, seal. A gate that refuses leaves champion and bundle as they are; the exit code is 3 then.

    A champion that a run killed in between left without a bundle is sealed whatever the gate says.

    Raises:
        ContractError: A mapping is refused: the gateways' bundle could not be sealed.
        UsageError: A parameter is not legal, or there is nothing to train from.
        GateRefused: The bundle is too large, or a golden row differs; the champion is the new version.
    """
    plant = open_plant(settings)
    _ = plant.mappings  # one that is refused would keep the bundle from being sealed
    reports = [train(plant, settings, wish, as_of)]
    reports.append(answered(lambda: promote(plant, as_of, yes=Yes(wish.reason))))
    refused = "verdict" in reports[-1].data
    reasons = {"reasons": reports[-1].data["reasons"]} if refused else {}
    if not refused or _lacks_bundle(plant, settings):
        reports.append(seal(plant, settings))
    data = {report.job: {"changed": report.changed, **report.data} for report in reports}
    return RunReport(
        "retrain", any(report.changed for report in reports), tuple(line for one in reports for line in one.lines),
        {"steps": data, **reasons}, ExitCode.REFUSED if refused else ExitCode.DONE,
    )  # fmt: skip


def _lacks_bundle(plant: Plant, settings: Settings) -> bool:
    return registry.champion(plant) is not None and champions_bundle(plant, settings) is None
