"""The failure model on a slice of real form, 20 machines for 90 days with telemetry, beside every plain rule.

`python -m bench.azure_slice` makes gold's features and labels of the Azure set's lists and of the telemetry of its
first 20 machines, evaluates the leading failure model by rolling origins, with the parameters that the plant's
trainings start from, and prints it beside each feature and each figure of events as a plain rule, its limits chosen
before each block; and beside the rule that is best in hindsight. 22 failures are few: one more
or less caught is worth more than most differences. Nothing here, nor in the policy, is tuned on the end of the slice.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from bench.azure_events import BEGAN, read_events, read_rows, us_of
from bench.azure_set import folder_asked_for
from bench.measure import machine_line
from bench.rules_beside import rules_beside
from expectations.features import features_of, risk_of
from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from expectations.residuals import residuals_of
from expectations.tables.arrow_columns import stamps
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.silver import MACHINE_EVENTS, machines
from gold import failure_labels, machine_features
from jobs.models.parameters import starting_params
from ml.data.dataset import Dataset, FeatureList, TrainingFrames, build_dataset
from ml.evaluation.booster_choice import Past, choose_boosters
from ml.evaluation.held_out import Evaluation, evaluate, held_out
from ml.evaluation.splits import Origin, rolling_origins
from ml.models.booster_alternatives import options
from ml.models.failure_model import FailureParams
from ml.policy import Policy
from silver.buckets import build as build_buckets

MACHINES, FACTORY = 20, "azure"
ENDED = datetime(2015, 4, 1, 6, tzinfo=UTC)
"""The last row of telemetry is of 05:00."""
COLUMNS = {"volt": "voltage", "rotate": "rotation", "pressure": "pressure", "vibration": "vibration"}
_LEFT_OUT = ("censored_within_", "factory_id", "scored_date")


def frames_of(data: Path, profile: Profile, number: int) -> TrainingFrames:
    """What a training reads of the first machines until the telemetry's end."""
    listed = read_rows(data, "PdM_machines")[:number]
    names = {row["machineID"] for row in listed}
    events = _events(data, names)
    days = (ENDED - BEGAN).days + 1
    dates: list[date] = [(BEGAN + timedelta(days=day)).date() for day in range(days)]
    buckets = build_buckets(_readings(data, profile, names), profile)
    rows = machine_features.build(buckets, events, _master(listed, profile), profile, ENDED, dates)
    none = arrow_schema(INTERVENTIONS).empty_table()
    labels = failure_labels.build(rows, failure_labels.Events(events, none, {}), ENDED, profile)
    recorded = events.to_pandas()
    failed, served = (recorded[recorded["kind"] == kind] for kind in ("failure", "maintenance"))
    return TrainingFrames(
        features=rows.to_pandas().drop(columns=["factory_id", "scored_date"]),
        labels=labels.select([name for name in labels.column_names if not name.startswith(_LEFT_OUT)]).to_pandas(),
        failures=failed.rename(columns={"occurred_at": "failed_at"})[["machine_id", "failed_at", "code"]],
        maintenance=served[["machine_id", "occurred_at"]],
    )


def evaluated(rows: Dataset, origins: tuple[Origin, ...], params: FailureParams, policy: Policy) -> Evaluation:
    """The leading failure model on its held-out blocks."""
    chosen = choose_boosters(rows, tuple(Past.of(rows, origin) for origin in origins), options(params), policy)
    return evaluate(held_out(rows, origins, chosen), origins, policy)


def _readings(data: Path, profile: Profile, names: set[str]) -> pa.Table:
    table = pc.read_csv(data / "PdM_telemetry.csv")
    machine = np.array([f"m{number:03d}" for number in table.column("machineID").to_pylist()])
    mine = np.isin(machine, sorted(names))
    at_us = table.column("datetime").cast(pa.timestamp("us")).to_numpy().astype("datetime64[us]").astype(np.int64)[mine]
    none = np.zeros(int(mine.sum()), dtype=np.bool_)
    parts = []
    for column, metric in COLUMNS.items():
        declared, values = profile.metric(metric), table.column(column).to_numpy()[mine]
        above = declared.limits.warning_above
        parts.append(
            pa.table(
                {
                    "machine_id": machine[mine], "factory_id": [FACTORY] * len(values),
                    "metric": [metric] * len(values), "sensor_id": [metric] * len(values),
                    "measured_at": stamps(at_us), "steps": np.rint(values / declared.resolution).astype(np.int64),
                    "is_warning": none if above is None else values > above, "is_critical": none,
                }
            )
        )  # fmt: skip
    return pa.concat_tables(parts)


def _events(data: Path, names: set[str]) -> pa.Table:
    """Events until the telemetry's end: what comes later is not known then."""
    found = [
        {
            "machine_id": machine, "factory_id": FACTORY, "kind": kind, "code": code,
            "occurred_at": datetime.fromtimestamp(at_us / 1e6, UTC),
        }
        for (machine, kind), codes in read_events(data).items()
        if machine in names
        for code, times_us in codes.items()
        for at_us in times_us[times_us <= us_of(ENDED)].tolist()
    ]  # fmt: skip
    return pa.Table.from_pylist(found, arrow_schema(MACHINE_EVENTS))


def _master(listed: Sequence[dict[str, str]], profile: Profile) -> pa.Table:
    found = [
        {
            "machine_id": row["machineID"], "factory_id": FACTORY, "machine_model": row["model"],
            "age_years": float(row["age"]), "valid_from": profile.began_at,
        }
        for row in listed
    ]  # fmt: skip
    return pa.Table.from_pylist(found, arrow_schema(machines(profile)))


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print the model and the rules."""
    if (asked := folder_asked_for(argv, __doc__)) is None:
        return 0
    data, is_small = asked
    print(machine_line())
    profile = load_profile("azure_pdm")
    policy = Policy.of(profile)
    features = FeatureList.of(features_of(profile), risk_of(profile), residuals_of(profile))
    rows = build_dataset(frames_of(data, profile, MACHINES), features, policy)
    origins = rolling_origins(rows, policy, policy.embargo_us(features.longest_window_s))
    beside = rules_beside(rows, features, origins[:1] if is_small else origins, policy)
    print(f"{len(rows):,} rows, {len(origins)} held-out blocks")
    params = starting_params(policy).failure
    params = FailureParams(rounds=2) if is_small else params
    found = evaluated(rows, origins[:1] if is_small else origins, params, policy)
    for line in beside.lines(found.outcome):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
