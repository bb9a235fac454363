"""The Azure slice through the gateway, against pandas: counts, and some features number by number."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import Call, Report, run
from edge_bundle.gateway.uplink.folder import FolderUplink
from tests.edge_bundle.gateway.plant_files import uplink_records
from tests.edge_bundle.gateway.plants import AZURE, azure_bundle_bytes, azure_pipeline, need_azure
from tests.support.edge_models import TRUSTED

pytestmark = pytest.mark.slow
RESOLUTION = 0.0001
NAMES = [rule.name for rule in azure_pipeline().features]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, pd.DataFrame, Path]:
    """The report, the vectors by (machine, scored_at), the uplink folder."""
    need_azure()
    folder = tmp_path_factory.mktemp("azure")
    (folder / "azure.bundle").write_bytes(azure_bundle_bytes())
    call = Call(
        folder / "azure.bundle",
        (TRUSTED,),
        folder / "state",
        FolderUplink(folder / "up", "g1"),
        GatewayConfig("g1"),
        tuple(sorted(AZURE.glob("PdM_*.csv"))),
        folder / "features.jsonl",
    )
    report = run(call, StopSignal())
    rows = [json.loads(line) for line in (folder / "features.jsonl").read_text().splitlines()]
    values = [[np.nan if text is None else float.fromhex(text) for text in row["features"]] for row in rows]
    keys = pd.MultiIndex.from_arrays(
        [[row["machine_id"] for row in rows], pd.to_datetime([row["scored_at"] for row in rows])], names=["m", "t"]
    )
    return report, pd.DataFrame(values, index=keys, columns=NAMES).sort_index(), folder / "up"


@pytest.fixture(scope="module")
def telemetry() -> pd.DataFrame:
    """Steps by (machine, grid time that closes the hour)."""
    need_azure()
    raw = pd.read_csv(AZURE / "PdM_telemetry.csv")
    at = pd.to_datetime(raw["datetime"], utc=True) + pd.Timedelta(hours=1)
    steps = {
        name: np.rint(raw[name] / RESOLUTION).astype("int64") for name in ("volt", "rotate", "pressure", "vibration")
    }
    return pd.DataFrame({"m": raw["machineID"].astype(str), "t": at, **steps}).set_index(["m", "t"]).sort_index()


def test_every_reading_event_and_grid_time_is_there(replayed: tuple[Report, pd.DataFrame, Path]) -> None:
    totals = replayed[0].totals

    assert (totals["accepted"], totals["scores"], totals["sent_edge_scores"]) == (172_800, 43_200, 43_200)
    assert (totals["events"], totals["machine_records"]) == (3_919 + 761 + 3_286, 100)
    assert len(replayed[1]) == 43_200


def test_decisions_beyond_their_budget_are_counted(replayed: tuple[Report, pd.DataFrame, Path]) -> None:
    """The budget is 50 ms. How many decisions keep it depends on the machine: `python -m bench.replay` prints that."""
    scores = [record for record in uplink_records(replayed[2]) if record["feed"] == "edge_scores"]
    taken = np.array([record["latency_us"] for record in scores])
    budget_us = GatewayConfig("g1").latency_budget_us

    assert budget_us == 50_000
    assert replayed[0].over_budget == (taken > budget_us).sum()
    assert replayed[0].slowest_us == taken.max() > 0


@pytest.mark.parametrize(
    ("metric", "column"),
    [("voltage", "volt"), ("rotation", "rotate"), ("pressure", "pressure"), ("vibration", "vibration")],
)
@pytest.mark.parametrize(("hours", "least"), [(3, 2), (24, 12)])
def test_means_and_extremes_equal_those_of_pandas_in_every_bit(
    replayed: tuple[Report, pd.DataFrame, Path],
    telemetry: pd.DataFrame,
    metric: str,
    column: str,
    hours: int,
    least: int,
) -> None:
    """Sums of whole steps below 2^53 are exact in pandas too, so the bits must be the same."""
    unit = {"voltage": "v", "rotation": "rpm", "pressure": "bar", "vibration": "mm_s"}[metric]
    ours = replayed[1]
    rolling = telemetry[column].astype("float64").groupby("m").rolling(hours, min_periods=least)
    counts = rolling.count().droplevel(0)
    theirs = {
        "mean": (rolling.sum().round().droplevel(0) / counts) * RESOLUTION,
        "minimum": rolling.min().droplevel(0) * RESOLUTION,
        "maximum": rolling.max().droplevel(0) * RESOLUTION,
    }

    for statistic, expected in theirs.items():
        found = ours[f"{metric}_{statistic}_{hours}h_{unit}"]
        assert np.array_equal(found.to_numpy(), expected.reindex(found.index).to_numpy(), equal_nan=True), statistic


def test_deviations_and_slopes_are_close_to_pandas(
    replayed: tuple[Report, pd.DataFrame, Path], telemetry: pd.DataFrame
) -> None:
    """Pandas sums in floats, so these agree to a few parts in 1e9 only."""
    ours = replayed[1]
    values = telemetry["vibration"].astype("float64") * RESOLUTION
    grouped = values.groupby("m")
    deviation = grouped.rolling(24, min_periods=24).std().droplevel(0)
    at = np.arange(24) - 11.5
    slope = grouped.rolling(24, min_periods=24).apply(lambda w: float(at @ w / (at @ at)), raw=True).droplevel(0)

    for name, expected in (("deviation_24h_mm_s", deviation), ("slope_24h_mm_s_per_h", slope)):
        found = ours[f"vibration_{name}"][expected.reindex(ours.index).notna().to_numpy()]
        np.testing.assert_allclose(found, expected.reindex(found.index), rtol=1e-8, atol=1e-9)


def test_event_features_look_strictly_before_the_grid_time(replayed: tuple[Report, pd.DataFrame, Path]) -> None:
    ours = replayed[1]
    errors = pd.read_csv(AZURE / "PdM_errors.csv")
    times = pd.to_datetime(errors["datetime"], utc=True)
    for machine in ("1", "17"):
        mine = times[(errors["machineID"].astype(str) == machine) & (errors["errorID"] == "error1")]
        grid = ours.loc[machine].index
        before = np.array([(mine < at).sum() for at in grid])
        day_before = np.array([(mine < at - pd.Timedelta(days=1)).sum() for at in grid])
        last = np.array(
            [(at - mine[mine < at].max()).total_seconds() / 3600 if (mine < at).any() else np.nan for at in grid]
        )

        assert np.array_equal(ours.loc[machine]["error_error1_24h_count"], before - day_before)
        np.testing.assert_array_equal(ours.loc[machine]["since_error_error1_h"], last)


def test_attributes_come_from_the_machine_file(replayed: tuple[Report, pd.DataFrame, Path]) -> None:
    machines = pd.read_csv(AZURE / "PdM_machines.csv").astype({"machineID": str}).set_index("machineID")
    first = replayed[1].groupby("m").first()

    assert (first["age_years"] == machines["age"].reindex(first.index)).all()
    assert (first["is_machine_model_model3"] == (machines["model"].reindex(first.index) == "model3")).all()


def test_scores_carry_the_digest_of_their_vector(replayed: tuple[Report, pd.DataFrame, Path]) -> None:
    scores = [record for record in uplink_records(replayed[2]) if record["feed"] == "edge_scores"]

    assert len({(record["machine_id"], record["scored_at"]) for record in scores}) == 43_200
    assert {record["decision"] for record in scores} <= {"none", "watch", "maintain", "stop_request"}
    assert len({record["decision"] for record in scores}) > 1
