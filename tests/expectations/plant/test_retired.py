"""What is out of service, in a profile: given, left out, refused."""

import tomllib
from datetime import UTC, datetime

import pytest

from expectations.errors import ProfileError
from expectations.plant.file import PLANTS, parse_profile
from expectations.plant.retired import Retired

PROFILE = (PLANTS / "azure_pdm" / "profile.toml").read_text(encoding="utf-8")
GIVEN = """
[[retired]]
factory = "azure"
gateway = "gw-1"
since = 2015-02-01T10:00:00+02:00
"""


def retired(text: str) -> tuple[Retired, ...]:
    return parse_profile(tomllib.loads(PROFILE + text), "here").retired


def test_what_is_retired_has_its_time_in_utc() -> None:
    assert retired("") == ()
    assert retired(GIVEN + GIVEN.replace('gateway = "gw-1"', 'machine = "gw-1"')) == (
        Retired("azure", "gw-1", None, datetime(2015, 2, 1, 8, tzinfo=UTC)),
        Retired("azure", None, "gw-1", datetime(2015, 2, 1, 8, tzinfo=UTC)),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GIVEN.replace('gateway = "gw-1"', ""), "neither is there; legal: exactly one"),
        (GIVEN + 'machine = "m001"', "both are there; legal: exactly one"),
        (GIVEN + GIVEN, r"\[1\]: gateway gw-1 of factory azure is named twice"),
        (GIVEN + "until = 3", "until"),
    ],
    ids=["none", "both", "twice", "unknown key"],
)
def test_a_mistake_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        retired(text)
