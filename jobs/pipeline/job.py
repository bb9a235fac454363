"""Every job in the order of the pipeline, in one process on one engine handle, without Airflow."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs.drift.job import measure
from jobs.edge.building import Validity, build
from jobs.edge.scoring import score
from jobs.gold.job import update
from jobs.ingest.job import ingest
from jobs.ingest.new_files import Admission
from jobs.models import registry
from jobs.models.promote import promote
from jobs.models.wish import Wish
from jobs.quality.job import check
from jobs.rules.job import is_refused_by_rules, or_refused, with_rules
from jobs.runtime.clock import wall_clock
from jobs.runtime.exits import ExitCode
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import each, progress
from jobs.runtime.report import RunReport, is_refused_by_rules_alone
from jobs.runtime.session import session_when_needed
from jobs.runtime.settings import Settings
from jobs.silver.job import refine
from lakehouse.engine.tasks import Engine
from lakehouse.errors import GateRefused
from lakehouse.plant import Plant

Job = Callable[[], RunReport]
_FOLLOWED = ("ingest", "silver", "gold")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks of a run of the pipeline.

    Attributes:
        training: What to train.
        until: The last job before the checks: silver, gold or bundle (then scores follow).
        as_of: The clock that was given by hand; None: the wall clock.
    """

    training: Wish
    until: str = "bundle"
    as_of: datetime | None = None


def run_all(settings: Settings, wanted: Wanted) -> RunReport:
    """Every job in order. A refused model gate is an answer: the champion stays, the pipeline goes on.

    So it does where a mapping is refused, with what was read; the exit code is 2 then.

    Raises:
        GateRefused: A table's gate refused, or a rule over tables that others are built from; what was published
            before remains.
    """
    plant = open_plant(settings)
    as_of = wanted.as_of or wall_clock()
    with session_when_needed(settings) as engine:
        reports = []
        jobs = _jobs(engine, plant, settings, wanted, as_of)
        for name in each(tuple(jobs)):
            started = time.monotonic()
            with progress(name):
                report = answered(jobs[name])
            if name in _FOLLOWED:
                or_refused(report)
            reports.append((name, report, time.monotonic() - started))
    return _report(reports, as_of)


def _report(reports: Sequence[tuple[str, RunReport, float]], as_of: datetime) -> RunReport:
    """All jobs' lines and figures; the exit code is 2 where that of a job is, 3 where ingest or a rule refuses."""
    lines = [line for _, report, _ in reports for line in report.lines]
    lines += [f"pipeline: {name} {seconds:.1f} s" for name, _, seconds in reports]
    data = {name: {"changed": report.changed, "seconds": round(s, 2), **report.data} for name, report, s in reports}
    is_changed = any(report.changed for _, report, _ in reports)
    wrong = [report for _, report, _ in reports if report.exit_code is ExitCode.USAGE]
    reasons = {"reasons": [reason for report in wrong for reason in report.data["reasons"]]} if wrong else {}
    refused = [
        report
        for name, report, _ in reports
        if report.exit_code is ExitCode.REFUSED and (name == "ingest" or is_refused_by_rules(report))
    ]
    is_refused = bool(refused)
    if is_refused and not wrong and all(map(is_refused_by_rules_alone, refused)):
        rules = [rule for report in refused for rule in report.data["refusing_rules"]]
        reasons = {"reasons": rules, "refusing_rules": rules}
    code = ExitCode.USAGE if wrong else ExitCode.REFUSED if is_refused else ExitCode.DONE
    return RunReport("pipeline", is_changed, tuple(lines), {"as_of": as_of, "steps": data, **reasons}, code)


def _jobs(engine: Engine, plant: Plant, settings: Settings, wanted: Wanted, as_of: datetime) -> dict[str, Job]:
    jobs: dict[str, Job] = {
        "ingest": lambda: with_rules(ingest(engine, plant, settings, Admission(wanted.as_of)), plant, "bronze"),
        "silver": lambda: with_rules(refine(engine, plant), plant, "silver"),
        "gold": lambda: with_rules(update(engine, plant, as_of), plant, "gold"),
        "train": lambda: _train(plant, settings, wanted.training, as_of),
        "promote": lambda: promote(plant, as_of),
        "bundle": lambda: seal(plant, settings),
        "score": lambda: score(plant, settings, as_of),
    }
    count = {"silver": 2, "gold": 3, "bundle": len(jobs)}[wanted.until]
    chosen = dict(list(jobs.items())[:count])
    chosen["quality"] = lambda: with_rules(check(plant, as_of), plant, "gold")
    if "score" in chosen:
        chosen["drift"] = lambda: measure(engine, plant)
    return chosen


def _train(plant: Plant, settings: Settings, wish: Wish, as_of: datetime) -> RunReport:
    from jobs.models.train import train

    return train(plant, settings, wish, as_of)


def seal(plant: Plant, settings: Settings) -> RunReport:
    """The champion's bundle; none where there is no champion, or it would lack the source of a refused mapping."""
    if registry.champion(plant) is None:
        return RunReport("bundle", changed=False, lines=("bundle: no champion, nothing to seal",))
    if plant.sources.refused:
        line = "bundle: not sealed, as a mapping is refused: a gateway would not read its files; fix it first"
        return RunReport("bundle", changed=False, lines=(line,))
    return build(plant, settings, Validity())


def answered(job: Job) -> RunReport:
    """The report of a job; a refused model gate becomes one too."""
    try:
        return job()
    except GateRefused as exc:
        if "verdict" not in exc.data:
            raise
        return RunReport("promote", changed=False, lines=(f"promote: {exc}",), data=exc.data)
