"""Delays of feeds: what a profile may declare, and what features take from it."""

from pathlib import Path

import pytest

from edge_bundle.format.pipeline_kinds import EVENT_FEEDS as OF_DEVICES
from expectations.errors import ProfileError
from expectations.features import delays_of, features_of, longest_window_s
from expectations.plant.plant_profile import EVENT_FEEDS
from tests.support.frames import small_profile


def test_features_of_a_kind_have_the_delay_of_its_feed(tmp_path: Path) -> None:
    profile = small_profile(tmp_path, '[feeds.failures]\ndelay = "36h"\n[feeds.errors]\ndelay = "5min"\n')
    features = features_of(profile)

    assert profile.delays == {"failure": 129_600, "error": 300}
    assert {one.name: one.delay_s for one in features if one.event_kind} == {
        "failure_24h_count": 129_600,
        "since_failure_h": 129_600,
    }
    assert delays_of(features) == {"failure": 129_600}
    assert longest_window_s(features) == 86_400 + 129_600


def test_without_a_delay_nothing_is_declared(tmp_path: Path) -> None:
    profile = small_profile(tmp_path)

    assert (profile.delays, profile.delay_s("failure"), delays_of(features_of(profile))) == ({}, 0, {})
    assert longest_window_s(features_of(profile)) == 86_400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[feeds.readings]\ndelay = "1h"\n', "got readings; legal: maintenance, failures, errors; a reading counts"),
        ('[feeds.failure]\ndelay = "1h"\n', "feed of events 'failure'.*failures"),
        ('[feeds.failures]\nlag = "1h"\n', "unknown key 'lag'"),
        ('[feeds.failures]\ndelay = "soon"\n', "bad duration 'soon'"),
    ],
)
def test_what_is_no_delay_is_refused_with_what_is_legal(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        small_profile(tmp_path, text)


def test_plants_and_devices_name_the_same_feeds_of_events() -> None:
    assert EVENT_FEEDS == OF_DEVICES
