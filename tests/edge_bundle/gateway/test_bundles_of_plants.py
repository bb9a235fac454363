"""One program runs the gateways of several plants: each with its own bundle, state folder and uplink, on one clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from edge_bundle.format.pipeline import Pipeline
from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.embedded import EmbeddedGateway
from edge_bundle.gateway.errors import GatewayError
from edge_bundle.gateway.trust.loading import LoadedBundle, load
from edge_bundle.gateway.uplink.folder import FolderUplink
from tests.edge_bundle.gateway.fleets import BEGIN_US, comparable, config, run
from tests.edge_bundle.gateway.plant_files import uplink_records
from tests.edge_bundle.gateway.plants import sealed, small_pipeline
from tests.support.edge_models import TRUSTED

GATEWAYS_A_PLANT = 3


def pipelines() -> dict[str, Pipeline]:
    """Three plants: as it is; half the features on another grid; limits so low that every reading is an alarm."""
    small = small_pipeline()
    hot = replace(
        small.metrics["temperature"], limits=replace(small.metrics["temperature"].limits, warning_above=-40.0)
    )
    return {
        "small": small,
        "coarse": replace(small, plant="coarse", score_every_s=600, features=small.features[:9]),
        "strict": replace(small, plant="strict", metrics={**small.metrics, "temperature": replace(hot, overrides=())}),
    }


@dataclass(frozen=True)
class Site:
    """A gateway's number and bundle; its folder is named by both."""

    number: int
    plant: str
    bundle: LoadedBundle

    def opened(self, root: Path, clock: VirtualClock) -> EmbeddedGateway:
        folder = root / f"{self.plant}-{self.number}"
        (folder / "uplink").mkdir(parents=True, exist_ok=True)
        uplink = FolderUplink(folder / "uplink", f"g{self.number}")
        return EmbeddedGateway(self.bundle, folder / "state", uplink, config(self.number), clock)

    def sent(self, root: Path) -> list[dict[str, Any]]:
        return uplink_records(root / f"{self.plant}-{self.number}" / "uplink")


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> list[Site]:
    """Gateways of all plants in turn, each plant's bundle loaded once."""
    folder = tmp_path_factory.mktemp("bundles")
    bundles = {}
    for plant, pipeline in pipelines().items():
        (folder / f"{plant}.bundle").write_bytes(sealed(pipeline, name=plant))
        bundles[plant] = load(folder / f"{plant}.bundle", [TRUSTED])
    return [Site(number, plant, bundles[plant]) for number, plant in enumerate(list(bundles) * GATEWAYS_A_PLANT)]


def ran(sites: list[Site], root: Path) -> list[list[dict[str, Any]]]:
    """What each gateway sends, all in this process on one clock."""
    clock = VirtualClock(BEGIN_US)
    gateways = [(site.number, site.opened(root, clock)) for site in sites]
    run(gateways, clock)
    for _, gateway in gateways:
        gateway.close()
    return [site.sent(root) for site in sites]


def test_together_they_send_what_each_sends_alone(sites: list[Site], tmp_path: Path) -> None:
    together = ran(sites, tmp_path / "together")

    for site, sent in zip(sites, together, strict=True):
        (alone,) = ran([site], tmp_path / "alone")
        assert comparable(sent) == comparable(alone)
        scores = [record for record in sent if record["feed"] == "edge_scores"]
        assert {record["bundle"] for record in scores} == {f"{site.plant}@1.2.3+1"}
        assert {record["gateway_id"] for record in sent} == {f"g{site.number}"}
    counts = [{site.plant: len(sent)} for site, sent in zip(sites, together, strict=True)]
    assert len({tuple(count.items()) for count in counts}) >= len(pipelines())


def test_each_goes_on_from_its_own_state_and_refuses_anothers_bundle(sites: list[Site], tmp_path: Path) -> None:
    clock = VirtualClock(BEGIN_US)
    ran(sites, tmp_path)
    totals = []
    for site in sites:
        with site.opened(tmp_path, clock) as again:
            totals.append(again.totals)
    assert all(one["scores"] >= 2 for one in totals)

    taken = replace(sites[0], bundle=sites[1].bundle)
    with pytest.raises(GatewayError, match="of plant"):
        taken.opened(tmp_path, clock)
    with sites[0].opened(tmp_path, clock) as unharmed:
        assert unharmed.totals["scores"] >= totals[0]["scores"]
