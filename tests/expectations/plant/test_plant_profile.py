"""A profile that cannot be meant is refused, in words that say what was got, what is legal, and where."""

import re
import tomllib
from pathlib import Path

import pytest

from expectations.errors import ProfileError
from expectations.plant.file import PLANTS, load_profile, parse_profile
from expectations.plant.plant_profile import Costs

PROFILE = """
[plant]
name = "pumps"
description = "Two pumps"
began_at = 2025-01-01T00:00:00Z
bucket = "20min"
score_every = "1h"

[zones]
default = "UTC"
factories = { bremen = "Europe/Berlin" }

[metrics.temperature]
unit = "C"
resolution = 0.01
minimum = 0
maximum = 200
warning_above = 100
critical_above = 120
overrides = [{ machine_model = "HOT", maximum = 400, warning_above = 190, critical_above = 210 }]

[features]
windows = ["3h"]
statistics = ["mean"]

[features.metrics]
temperature = { statistics = ["maximum"] }

[[features.events]]
kind = "failure"
windows = ["24h"]

[shifts]
morning = [5, 14]

[labels]
horizons = ["24h", "7d"]
repair = "12h"

[costs]
false_alarm = 500

[quality]
alert_share = 0.01
"""
FILE = "pumps/profile.toml"
PLANT, METRIC, FEATURES = f"{FILE}.plant: ", f"{FILE}.metrics.temperature: ", f"{FILE}.features: "
HOT = f"{FILE}.metrics.temperature.overrides[0]: "
ORDER = "legal: minimum <= critical_below <= warning_below <= warning_above <= critical_above <= maximum"
DURATION = "legal: a whole number above 0 and one of s, min, h, d"
TIME = "legal: a time with Z or an offset and without quotes, such as 2025-11-01T00:00:00Z"
HOURS = "legal: two whole hours from 0 to 24, such as [6, 14]"
DIVISOR = "legal: a length that divides it, the day and score_every, at most"

UNKNOWN_KEYS = {
    "table": (
        "[labels]",
        "[lables]",
        f"{FILE}: unknown key 'lables'; legal: anomaly, attributes, costs, downtime, features, ",
    ),
    "plant": ("bucket =", "buckets = 1\nbucket =", f"{PLANT}unknown key 'buckets'; legal: began_at, bucket, "),
    "zones": ("default =", "standard =", f"{FILE}.zones: unknown key 'standard'; legal: default, factories"),
    "metric": ("minimum =", "minimun =", f"{METRIC}unknown key 'minimun'; legal: critical_above, critical_below, "),
    "override": ("maximum = 400", "max = 400", f"{HOT}unknown key 'max'; legal: critical_above, critical_below, "),
    "features": ("[features]", "[features]\ncover = 1", f"{FEATURES}unknown key 'cover'; legal: coverage, events, "),
    "rule": ("{ statistics", "{ stats", f"{FILE}.features.metrics.temperature: unknown key 'stats'; legal: statistics"),
    "event": ("kind =", "type = 1\nkind =", f"{FILE}.features.events[0]: unknown key 'type'; legal: codes, "),
    "labels": ("repair =", "repairs =", f"{FILE}.labels: unknown key 'repairs'; legal: horizons, models, repair"),
    "costs": ("false_alarm", "alarm", f"{FILE}.costs: unknown key 'alarm'; legal: false_alarm, missed_failure, "),
    "quality": ("alert_share", "alerts", f"{FILE}.quality: unknown key 'alerts'; legal: ahead, alert_share, "),
    "shifts": ("morning =", "early =", f"{FILE}.shifts: unknown key 'early'; legal: afternoon, morning, night"),
}
UNKNOWN_NAMES = {
    "unit": ('"C"', '"°X"', f"{METRIC}unknown unit '°X'; legal: %, 1, A, Ah, Btu, Btu/h, C, "),
    "unit no text": ('"C"', "5", f"{METRIC}unit = 5; legal: %, 1, A, Ah, Btu, Btu/h, C, "),
    "statistic": ('["mean"]', '["std"]', f"{FEATURES}unknown statistic 'std'; legal: deviation, last, maximum, "),
    "statistic of a metric": (
        '["maximum"]',
        '["top"]',
        f"{FILE}.features.metrics.temperature: unknown statistic 'top'; legal: deviation, last, ",
    ),
    "metric": ("temperature = {", "heat = {", f"{FILE}.features.metrics: unknown metric 'heat'; legal: temperature"),
    "event kind": ('"failure"', '"crash"', f"{FILE}.features.events[0]: unknown event kind 'crash'; legal: error, "),
    "zone": ("Europe/Berlin", "Europe/Bremen", f"{FILE}.zones: factories.bremen: unknown time zone 'Europe/Bremen'"),
    "zone, a region alone": ("Europe/Berlin", "Europe", "unknown time zone 'Europe'; legal: IANA names such as"),
    "zone, a path": ("Europe/Berlin", "../Rome", "unknown time zone '../Rome'; legal: IANA names such as"),
    "default zone": ('"UTC"', '"Rome"', f"{FILE}.zones: default: unknown time zone 'Rome'; legal: IANA names"),
}
TIMES = {
    "bucket and day": ("20min", "7min", f"{PLANT}bucket of 420 s does not divide the day (86400 s); {DIVISOR} 3600 s"),
    "bucket and score_every": (
        '"1h"',
        '"30min"',
        f"{PLANT}bucket of 1200 s does not divide score_every (1800 s); {DIVISOR} 1800 s",
    ),
    "bucket and offset": (
        "Europe/Berlin",
        "Asia/Kolkata",
        f"{PLANT}bucket of 1200 s does not divide the UTC offset of Asia/Kolkata (19800 s); {DIVISOR} 1800 s",
    ),
    "bucket and window": (
        '"3h"',
        '"50min"',
        f"{FEATURES}window '50min' does not begin at a time of scores; legal: multiples of score_every, 3600 s",
    ),
    "score_every and window": (
        '"3h"',
        '"80min"',
        f"{FEATURES}window '80min' does not begin at a time of scores; legal: multiples of score_every, 3600 s",
    ),
    "score_every above a day": ('"1h"', '"2d"', f"{PLANT}score_every of 172800 s; legal: at most a day, 86400 s"),
    "a gap between shifts": ("[5, 14]", "[5, 13]", f"{FILE}.shifts: no shift holds the hour from 13:00; got morning"),
    "bucket": ("20min", "20 minutes", f"{PLANT}bucket: bad duration '20 minutes'; {DURATION}"),
    "bucket without unit": ('"20min"', "1200", f"{PLANT}bucket: bad duration '1200'; {DURATION}"),
    "window": ('"3h"', '"3 hours"', f"{FEATURES}windows[0]: bad duration '3 hours'; {DURATION}"),
    "horizon": ('"7d"', '"a week"', f"{FILE}.labels: horizons[1]: bad duration 'a week'; {DURATION}"),
    "horizon without unit": ('"7d"', "168", f"{FILE}.labels: horizons[1]: bad duration '168'; {DURATION}"),
    "model of another horizon": (
        'horizons = ["24h", "7d"]',
        'horizons = ["24h"]\nmodels = ["24h", "7d"]',
        f"{FILE}.labels: models = ['7d']; legal: of the horizons ['24h']",
    ),
    "one horizon": ('["24h", "7d"]', '"24h"', f"{FILE}.labels: horizons = '24h'; legal: a list such as"),
    "repair": ('"12h"', '"soon"', f"{FILE}.labels: repair: bad duration 'soon'; {DURATION}"),
    "time, a text": ("2025-01-01T00:00:00Z", '"yesterday"', f"{PLANT}began_at = 'yesterday'; {TIME}"),
    "time, a date": ("2025-01-01T00:00:00Z", "2025-01-01", f"{PLANT}began_at = 2025-01-01; {TIME}"),
    "time without zone": ("00:00:00Z", "00:00:00", f"{PLANT}began_at = 2025-01-01T00:00:00; {TIME}"),
    "time of no calendar": ("2025-01-01T", "2025-01-32T", f"{FILE}: not TOML: "),
    "shift of one hour": ("[5, 14]", "[5]", f"{FILE}.shifts: morning = [5]; {HOURS}"),
    "shift in words": ("[5, 14]", '["five", 13]', f"{FILE}.shifts: morning = ['five', 13]; {HOURS}"),
    "shift after midnight": ("[5, 14]", "[5, 25]", f"{FILE}.shifts: morning = [5, 25]; {HOURS}"),
}
NUMBERS = {
    "minimum above maximum": (
        "minimum = 0",
        "minimum = 300",
        f"{METRIC}minimum = 300.0 is above maximum = 200.0; {ORDER}",
    ),
    "minimum above an override's maximum": ("400", "-5", f"{HOT}minimum = 0.0 is above maximum = -5.0; {ORDER}"),
    "critical beyond range": (
        "critical_above = 120",
        "critical_above = 300",
        f"{METRIC}critical_above = 300.0 is above maximum = 200.0; {ORDER}",
    ),
    "warning beyond range": (
        "warning_above = 100\ncritical_above = 120",
        "warning_above = 300",
        f"{METRIC}warning_above = 300.0 is above maximum = 200.0; {ORDER}",
    ),
    "warning below range": (
        "minimum = 0",
        "minimum = 0\nwarning_below = -1",
        f"{METRIC}minimum = 0.0 is above warning_below = -1.0; {ORDER}",
    ),
    "warning beyond an override's range": (
        "maximum = 400, warning_above = 190, critical_above = 210",
        "maximum = 90",
        f"{HOT}critical_above = 120.0 is above maximum = 90.0; {ORDER}",
    ),
    "warning beyond critical": (
        "warning_above = 100",
        "warning_above = 130",
        f"{METRIC}warning_above = 130.0 is above critical_above = 120.0; {ORDER}",
    ),
    "limit, no number": ("minimum = 0", "minimum = nan", f"{METRIC}minimum = nan; legal: a finite number"),
    "limit, a text": ("minimum = 0", 'minimum = "0 C"', f"{METRIC}minimum = '0 C' is not of type int or float"),
    "resolution of 0": ("0.01\nmin", "0\nmin", f"{METRIC}resolution = 0; legal: a number above 0"),
    "resolution, no number": ("0.01\nmin", "nan\nmin", f"{METRIC}resolution = nan; legal: a number above 0"),
    "resolution, a text": ("0.01\nmin", '"1%"\nmin', f"{METRIC}resolution = '1%'; legal: a number above 0"),
    "cost, a text": (
        "= 500",
        '= "500 $"',
        f"{FILE}.costs: false_alarm = '500 $' is not of type int or float; legal: a number, ",
    ),
    "cost, a truth": ("= 500", "= true", f"{FILE}.costs: false_alarm = True is not of type int or float"),
    "cost, no number": ("= 500", "= nan", f"{FILE}.costs: false_alarm = nan; legal: dollars, a number from 0 up"),
    "cost of a model below 0": (
        "false_alarm = 500",
        'false_alarm = 500\n[[costs.overrides]]\nmachine_model = "P1"\nmissed_failure = -1',
        f"{FILE}.costs.overrides[0]: missed_failure = -1.0; legal: dollars, a number from 0 up",
    ),
    "cost of a model twice": (
        "false_alarm = 500",
        'false_alarm = 500\n[[costs.overrides]]\nmachine_model = "P1"\n[[costs.overrides]]\nmachine_model = "P1"',
        f"{FILE}.costs.overrides[1]: machine_model 'P1' again; legal: one override for each model",
    ),
    "cost below 0": ("= 500", "= -1", f"{FILE}.costs: false_alarm = -1.0; legal: dollars, a number from 0 up"),
    "alert share": (
        "alert_share = 0.01",
        "alert_share = 4",
        f"{FILE}.quality: alert_share = 4.0; legal: a fraction from 0 to 1",
    ),
    "coverage": ("[features]", "[features]\ncoverage = 50", f"{FEATURES}coverage = 50.0; legal: above 0, at most 1"),
}
FORM = {
    "metric without unit": ('unit = "C"\n', "", f"{METRIC}missing key 'unit'; legal: %, 1, A, Ah, Btu, Btu/h, C, "),
    "metric without resolution": (
        "resolution = 0.01\n",
        "",
        f"{METRIC}missing key 'resolution'; legal: a number above 0",
    ),
    "metric, no table": (
        "[metrics.temperature]",
        "[metrics]\nheat = 1\n[metrics.temperature]",
        "metrics.heat = 1 is not",
    ),
    "metric with a misspelt key": (
        "resolution = 0.01",
        "resolutoin = 0.01",
        f"{METRIC}missing key 'resolution'; legal: a number above 0; there are unit, resolutoin, minimum, maximum, ",
    ),
    "plant with a misspelt key": (
        'name = "pumps"',
        'nmae = "pumps"',
        f"{PLANT}missing key 'name'; there are nmae, description, began_at, bucket",
    ),
    "plant without bucket": ('bucket = "20min"\n', "", f"{PLANT}missing key 'bucket'"),
    "override of nothing": ('machine_model = "HOT", ', "", f"{HOT}name either machine_model or machine_id"),
    "text without quotes": (
        '"pumps"',
        "pumps",
        f"{FILE}: not TOML: Invalid value (at line 3, column 8); put texts in",
    ),
    "key twice": (
        "bucket =",
        'name = "b"\nbucket =',
        f"{FILE}: not TOML: Cannot overwrite a value (at line 6, column 11)",
    ),
    "empty file": (
        PROFILE,
        "",
        f"{FILE}: the file is empty; legal: [plant] with name, description, began_at and bucket",
    ),
    "no metric": (
        PROFILE[PROFILE.index("[metrics") :],
        "",
        f"{FILE}: no metrics; declare at least one [metrics.<name>]",
    ),
}
CASES = {
    f"{kind}: {name}": case
    for kind, cases in (
        ("unknown key", UNKNOWN_KEYS),
        ("unknown name", UNKNOWN_NAMES),
        ("time", TIMES),
        ("number", NUMBERS),
        ("form", FORM),
    )
    for name, case in cases.items()
}


def _folder(tmp_path: Path, data: bytes) -> Path:
    folder = tmp_path / "pumps"
    folder.mkdir()
    (folder / "profile.toml").write_bytes(data)
    return folder


@pytest.mark.parametrize("plant", sorted(path.parent.name for path in PLANTS.glob("*/profile.toml")))
def test_every_shipped_profile_is_read(plant: str) -> None:
    assert load_profile(plant).name == plant


def test_the_profile_that_the_cases_spoil_is_read(tmp_path: Path) -> None:
    profile = load_profile(_folder(tmp_path, PROFILE.encode()))

    assert (profile.bucket_s, profile.score_every_s, profile.labels.repair_s) == (1200, 3600, 43_200)
    assert profile.labels.horizons == ("24h", "7d")
    assert [(shift.start_hour, shift.end_hour) for shift in profile.shifts] == [(5, 14), (14, 22), (22, 6)]
    assert profile.metric("temperature").limits_for("M1", "HOT").maximum == 400
    assert profile.zone_of("bremen") == "Europe/Berlin"


@pytest.mark.parametrize(("old", "new", "words"), CASES.values(), ids=CASES)
def test_a_profile_that_cannot_be_meant_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in PROFILE
    folder = _folder(tmp_path, PROFILE.replace(old, new, 1).encode())

    with pytest.raises(ProfileError, match=re.escape(words)) as error:
        load_profile(folder)

    assert str(error.value).startswith(FILE)


def test_a_profile_in_another_encoding_is_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path, PROFILE.replace("Two pumps", "Zwei Öfen").encode("latin-1"))

    with pytest.raises(ProfileError, match=f"^{FILE}: not UTF-8: .*; save the file in that encoding$"):
        load_profile(folder)


def test_an_unknown_plant_is_named_with_those_that_ship() -> None:
    with pytest.raises(ProfileError, match="unknown plant 'atlantis'; legal: azure_pdm, simulated, xep_factory, or a"):
        load_profile("atlantis")


def test_prices_of_a_machine_model_take_over_what_they_leave_out() -> None:
    own = 'false_alarm = 500\n[[costs.overrides]]\nmachine_model = "P1"\nmissed_failure = 90000'
    costs = parse_profile(tomllib.loads(PROFILE.replace("false_alarm = 500", own)), FILE).costs

    assert costs.of_model("P1") == Costs(90_000.0, 3_000.0, 500.0)
    assert costs.of_model("P2") == costs.of_model(None) == costs


def test_a_bucket_must_divide_the_offsets_of_every_year_of_the_plant(tmp_path: Path) -> None:
    caracas = PROFILE.replace("Europe/Berlin", "America/Caracas").replace("20min", "1h")

    assert load_profile(_folder(tmp_path, caracas.encode())).zone_of("bremen") == "America/Caracas"
    (tmp_path / "pumps/profile.toml").write_text(caracas.replace("2025-01-01T", "2015-01-01T"))
    with pytest.raises(ProfileError, match=r"the UTC offset of America/Caracas \(-16200 s\)"):
        load_profile(tmp_path / "pumps")


WORK = """
[feeds.maintenance]
condition_based = { code = ["corrective"], state = ["CBM"] }
scheduled = { detail = ["planned"] }
refuted = { state = ["no fault found"] }
"""


def test_a_profile_says_what_texts_of_maintenance_mean() -> None:
    work = parse_profile(tomllib.loads(PROFILE + WORK), FILE).work

    assert work.condition_based == (("code", "corrective"), ("state", "CBM"))
    assert (work.scheduled, work.confirmed) == ((("detail", "planned"),), ())
    assert work.refuted == (("state", "no fault found"),)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('{ detail = ["planned"] }', '{ text = ["planned"] }', ".feeds.maintenance.scheduled: unknown key 'text'"),
        ('{ detail = ["planned"] }', '{ detail = "planned" }', "detail = 'planned' is not of type list"),
        ('{ detail = ["planned"] }', '{ state = ["CBM"] }',
         "state 'CBM' is in condition_based and in scheduled; legal: one of the two; correct it"),
    ],
    ids=["another column", "no list", "two meanings"],
)  # fmt: skip
def test_texts_of_maintenance_that_cannot_be_meant_are_refused(old: str, new: str, words: str) -> None:
    with pytest.raises(ProfileError, match=re.escape(words)):
        parse_profile(tomllib.loads(PROFILE + WORK.replace(old, new)), FILE)
