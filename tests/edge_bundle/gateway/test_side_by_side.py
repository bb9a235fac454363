"""Several bundles in one process: each scores with its own verified library, and each score names its bundle."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from edge_bundle.format.errors import KernelError
from edge_bundle.format.kernel import KERNEL_FOLDER, Kernel, load_sealed
from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.embedded import EmbeddedGateway
from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.trust.loading import LoadedBundle, load
from tests.edge_bundle.gateway.other_kernels import MARK, other_library
from tests.edge_bundle.gateway.plant_files import BEGIN_S
from tests.edge_bundle.gateway.plants import US, sealed, small_bundle_bytes, small_pipeline
from tests.edge_bundle.gateway.uplink.recorder import Recorder
from tests.support.edge_models import TRUSTED, own_library, own_library_bytes

MACHINES = {"m1": MARK, "m2": MARK + 1.0}
"""The mean of each machine's temperature: what the first feature is."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two bundles that differ in build and library only."""
    folder = tmp_path_factory.mktemp("bundles")
    found = {"one": small_bundle_bytes(), "other": sealed(small_pipeline(), build=2, library=other_library())}
    for name, data in found.items():
        (folder / f"{name}.bundle").write_bytes(data)
    return [folder / f"{name}.bundle" for name in found]


def scores(bundles: Sequence[LoadedBundle]) -> list[dict[str, dict[str, Any]]]:
    """The last score of each machine by each bundle, all fed the same lines in turn on one clock."""
    clock, uplinks = VirtualClock(BEGIN_S * US), [Recorder() for _ in bundles]
    gateways = [
        EmbeddedGateway(bundle, None, uplink, GatewayConfig(f"g{at}"), clock)
        for at, (bundle, uplink) in enumerate(zip(bundles, uplinks, strict=True))
    ]
    for _ in range(30):
        for machine, value in MACHINES.items():
            named = {"sensor_id": machine, "machine_id": machine, "factory_id": "f1", "metric": "temperature"}
            reading = {**named, "value": value, "unit": "C", "measured_at": format_us(clock.wall_us())}
            for gateway in gateways:
                gateway.take(json.dumps(reading).encode())
        clock.advance(20 * US)
    for gateway in gateways:
        gateway.finish()
        gateway.close()
    return [
        {record["machine_id"]: record for record in uplink.records() if record["feed"] == "edge_scores"}
        for uplink in uplinks
    ]


def test_each_bundle_scores_with_its_own_library(files: list[Path]) -> None:
    one, other = (load(path, [TRUSTED]) for path in files)

    first, second = scores([one, other])

    assert first["m1"]["feature_digest"] == second["m1"]["feature_digest"]
    assert first["m2"]["margin"] == second["m2"]["margin"]
    assert second["m1"]["margin"] == pytest.approx(first["m1"]["margin"] + 1.0)


def test_each_score_names_its_bundle(files: list[Path]) -> None:
    for found, build in zip(scores([load(path, [TRUSTED]) for path in files]), (1, 2), strict=True):
        assert {record["bundle"] for record in found.values()} == {f"test-plant@1.2.3+{build}"}


def test_beside_another_a_bundle_scores_as_it_does_alone(files: list[Path]) -> None:
    """Whichever was loaded first, and after one of them is gone and loaded anew."""
    alone = [margins(scores([load(path, [TRUSTED])])[0]) for path in files]
    gc.collect()

    for order in ([0, 1], [1, 0], [1, 0, 1, 0]):
        together = scores([load(files[at], [TRUSTED]) for at in order])
        assert [margins(found) for found in together] == [alone[at] for at in order]
    assert alone[0] != alone[1]


def margins(found: dict[str, dict[str, Any]]) -> dict[str, object]:
    return {machine: record["margin"] for machine, record in found.items()}


def test_the_bytes_that_are_mapped_are_those_that_each_bundle_signed(files: list[Path]) -> None:
    """Both have the same file name and the same name within; the loader could take one for the other."""
    bundles = [load(path, [TRUSTED]).bundle for path in files]
    signed = [bundle.member(f"{KERNEL_FOLDER}/{own_library()}") for bundle in bundles]

    kernels = [load_sealed(own_library(), data) for data in signed]

    assert signed == [own_library_bytes(), other_library()]
    assert [kernel.path.read_bytes() for kernel in kernels] == signed
    assert {inode_of(kernel) for kernel in kernels} <= mapped_inodes()
    assert len({inode_of(kernel) for kernel in kernels}) == 2


def inode_of(kernel: Kernel) -> int:
    return kernel.path.stat().st_ino


def mapped_inodes() -> set[int]:
    """Inodes of the executable mappings of anonymous files. Source: proc(5), /proc/pid/maps."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    return {int(re.split(" +", line)[4]) for line in lines if "/memfd:" in line and "x" in line.split(" ")[1]}


def test_a_library_that_cannot_be_loaded_gives_its_place_to_no_other(files: list[Path]) -> None:
    alone = [margins(scores([load(path, [TRUSTED])])[0]) for path in files]

    for at in range(5):
        with pytest.raises(KernelError):
            load_sealed(own_library(), b"no library %d" % at)

    assert [margins(found) for found in scores([load(path, [TRUSTED]) for path in files])] == alone
