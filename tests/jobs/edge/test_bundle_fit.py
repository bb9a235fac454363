"""What is sealed says for whom it is, and says it again until somebody says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.compatibility import Compatible
from edge_bundle.format.errors import CompatibilityError
from edge_bundle.format.runtime import MIN_RUNTIME, MISSING_WINDOWS, RUNTIME, version
from edge_bundle.gateway.trust.loading import load, this_device
from jobs.edge.signing import load_key
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from tests.support.commands import assay
from tests.support.model_lake import clone


def opened(settings: Settings, report: RunReport) -> TrustedBundle:
    return open_bundle(report.data["path"], [load_key(settings.keys).public])


def test_a_bundle_says_its_plant_and_the_least_runtime(sealed_lake: Settings) -> None:
    report = assay(sealed_lake, "bundle", "build")

    manifest = opened(sealed_lake, report).manifest
    assert not report.changed
    assert manifest.compatible == Compatible(plants=("azure_pdm",))
    assert [one.missing is not None for one in manifest.models] == [one.name == "anomaly" for one in manifest.models]
    assert manifest.min_runtime == MISSING_WINDOWS
    assert version(MIN_RUNTIME) <= version(MISSING_WINDOWS) <= version(RUNTIME)


def test_hardware_that_was_named_once_stays_named(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)

    named = assay(settings, "bundle", "build", "--hardware", "nano", "--hardware", "aarch64")
    again = assay(settings, "bundle", "build")
    other = assay(settings, "bundle", "build", "--hardware", "nano")

    assert (named.changed, again.changed, other.changed) == (True, False, True)
    assert opened(settings, again).manifest.compatible.hardware == ("nano", "aarch64")
    bundle = opened(settings, other)
    assert bundle.manifest.compatible.hardware == ("nano",)
    key = [load_key(settings.keys).public]
    assert load(other.data["path"], key, device=this_device(hardware=["nano"])).golden.rows > 0
    with pytest.raises(CompatibilityError, match="it is for hardware nano; this is "):
        load(other.data["path"], key)


def test_hardware_is_sealed_and_not_asked(sealed_lake: Settings) -> None:
    with pytest.raises(UsageError, match="--hardware are sealed into a bundle, not asked by verify"):
        assay(sealed_lake, "bundle", "verify", "--hardware", "nano")
