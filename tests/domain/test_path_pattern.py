"""What a file's path says by a pattern."""

import pytest

from domain.path_pattern import PatternError, path_pattern

START = "2026-11-02T06:00:00"
FITS = {
    "machine and date": ("{pump}/{date:%Y%m%d}.csv", "P1/20261102.csv", {"pump": "P1", "date": "2026-11-02"}),
    "the end of a longer path": ("{machine_id}/*.csv", "north/hall/P1/x.csv", {"machine_id": "P1"}),
    "a time with a clock": ("{start:%Y-%m-%dT%H-%M-%S}.csv", "a/2026-11-02T06-00-00.csv", {"start": START}),
    "a day of the year": ("{date:%Y%j}.csv", "2026306.csv", {"date": "2026-11-02"}),
    "as little as fits": ("{line}_{pump}.csv", "A_B_C.csv", {"line": "A", "pump": "B_C"}),
    "one name twice": ("{pump}/{pump}_*.csv", "P1/P1_7.csv", {"pump": "P1"}),
    "normal form C, trimmed": ("{pump}/x.csv", "Pru\u0308f /x.csv", {"pump": "Pr\u00fcf"}),
    "plain text with signs of its own": ("{pump}(1)+.csv", "P1(1)+.csv", {"pump": "P1"}),
}  # fmt: skip
FITS_NOT = {
    "another ending": ("{machine_id}/{date:%Y%m%d}.csv", "P1/20261102.txt"),
    "no day of the calendar": ("{date:%Y%m%d}.csv", "20261302.csv"),
    "one name, two texts": ("{pump}/{pump}_*.csv", "P1/P2_7.csv"),
    "too few parts": ("{factory_id}/{machine_id}/*.csv", "P1/x.csv"),
    "an empty name": ("{pump}_x.csv", "_x.csv"),
}
REFUSED = {
    "nothing in braces": "{}/x.csv",
    "half a pair": "{pump/x.csv",
    "no name": "data/*.csv",
    "an unknown token": "{date:%Y%m%d %p}.csv",
    "no day": "{date:%H%M}.csv",
    "an attribute": "{pump.x}.csv",
}


@pytest.mark.parametrize(("pattern", "path", "fields"), FITS.values(), ids=FITS)
def test_a_path_that_fits_says_its_fields(pattern: str, path: str, fields: dict[str, str]) -> None:
    assert path_pattern(pattern).fields(path) == fields


@pytest.mark.parametrize(("pattern", "path"), FITS_NOT.values(), ids=FITS_NOT)
def test_a_path_that_does_not_fit_says_nothing(pattern: str, path: str) -> None:
    assert path_pattern(pattern).fields(path) is None


@pytest.mark.parametrize("pattern", REFUSED.values(), ids=REFUSED)
def test_a_pattern_that_cannot_be_read_is_refused_with_what_is_legal(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"path = .*"):
        path_pattern(pattern)
