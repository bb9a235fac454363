"""What a version is named by."""

from jobs.models.training import made_from
from ml.gates.registry import version_id
from ml.models.libraries import LIBRARIES, library_versions
from tests.support.plant_frames import FEATURES, PARAMS, POLICY


def name(libraries: dict[str, str]) -> str:
    return version_id("3f" * 32, made_from(POLICY, PARAMS, FEATURES.names, libraries), "r1")


def test_an_upgraded_library_is_another_version() -> None:
    installed = dict(library_versions())

    names = {name({**installed, library: "99.0"}) for library in LIBRARIES}

    assert set(LIBRARIES) == {"numpy", "scikit-learn", "xgboost"}
    assert len(names | {name(installed)}) == 4
    assert name(dict(reversed(installed.items()))) == name(installed)


def test_another_delay_of_events_is_another_version() -> None:
    made = [
        made_from(POLICY, PARAMS, FEATURES.names, library_versions(), delays)
        for delays in ({}, {"failure": 3600}, {"failure": 7200})
    ]

    assert len({version_id("3f" * 32, one, "r1") for one in made}) == 3
    assert made[0] == made_from(POLICY, PARAMS, FEATURES.names, library_versions())
