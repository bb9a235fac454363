"""Known incidents of a profile: given, left out, refused."""

import tomllib
from datetime import UTC, datetime

import pytest

from expectations.errors import ProfileError
from expectations.plant.file import PLANTS, parse_profile
from expectations.plant.incidents import Incident

PROFILE = (PLANTS / "azure_pdm" / "profile.toml").read_text(encoding="utf-8")
GIVEN = """
[[incidents]]
machine = "m001"
factory = "azure"
from = 2015-02-01T10:00:00+02:00
to = 2015-02-01T20:00:00Z
meaning = "valve half closed"
"""


def incidents(text: str) -> tuple[Incident, ...]:
    return parse_profile(tomllib.loads(PROFILE + text), "here").incidents


def test_a_profile_without_incidents_has_none() -> None:
    assert incidents("") == ()


def test_incidents_have_their_times_in_utc_and_the_order_of_the_file() -> None:
    first, second = incidents(GIVEN + GIVEN.replace("m001", "m002"))

    assert first == Incident(
        "m001", "azure", datetime(2015, 2, 1, 8, tzinfo=UTC), datetime(2015, 2, 1, 20, tzinfo=UTC), "valve half closed"
    )
    assert second.machine_id == "m002"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GIVEN.replace("20:00:00Z", "07:00:00Z"), r"incidents\[0\]: to = 2015-02-01T07:00:00\+00:00 is before from"),
        (GIVEN.replace('factory = "azure"\n', ""), "missing key 'factory'"),
        (GIVEN.replace("20:00:00Z", "20:00:00"), "to = 2015-02-01T20:00:00; legal: a time with Z"),
        (GIVEN + 'severity = "high"\n', "unknown key 'severity'"),
    ],
    ids=["ends before it begins", "no factory", "no zone", "unknown key"],
)
def test_what_cannot_be_meant_is_refused(text: str, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        incidents(text)
