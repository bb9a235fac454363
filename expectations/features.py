"""Features, declared once: gold computes them from all buckets, the gateway from its own, both from these.

Numbers are exact: see `docs/decisions/0036-whole-numbers.md`.
A window at grid time t holds the buckets b with ``t - window_s <= b < t``.
"""

import fnmatch
import math
from dataclasses import asdict, dataclass

from expectations.durations import seconds
from expectations.errors import ProfileError
from expectations.plant.plant_profile import Attribute, EventRule, Profile, WindowRule
from expectations.units import unit


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the feature vector.

    `kind` is window (statistic of a metric), event_count, hours_since, attribute or level; the other fields are set
    where the kind needs them. `min_buckets` is the least number of buckets with data that a window needs, else null.
    `delay_s` is how much later than its time an event is known, see `domain.availability`.
    """

    name: str
    kind: str
    unit: str
    metric: str = ""
    statistic: str = ""
    window_s: int = 0
    min_buckets: int = 0
    event_kind: str = ""
    code: str = ""
    attribute: str = ""
    level: str = ""
    delay_s: int = 0

    @property
    def is_telemetry(self) -> bool:
        """Whether the feature needs sensor readings; the ablation leaves these out."""
        return self.kind == "window"

    @property
    def of_every_code(self) -> str:
        """Pattern of the names of the same figure of every code of its kind of event; its name where it has no code."""
        if not self.code:
            return self.name
        return self.name.replace(f"{self.event_kind}_{self.code}", f"{self.event_kind}_*", 1)

    def to_document(self) -> dict[str, object]:
        """The declaration as plain JSON values, empty fields left out, for the bundle."""
        return {key: value for key, value in asdict(self).items() if value not in ("", 0)}


def features_of(profile: Profile) -> tuple[Feature, ...]:
    """Every feature of a plant in vector order: windows by metric, events, attributes."""
    windows = [feature for name in profile.metrics for feature in _windows(profile, name)]
    events = [feature for rule in profile.features.events for feature in _events(rule, profile.delay_s(rule.kind))]
    attributes = [feature for attribute in profile.attributes for feature in _attribute(attribute)]
    return tuple(windows + events + attributes)


def risk_of(profile: Profile, where: str = "profile.toml") -> dict[str, int]:
    """Name of a feature -> 1 where the profile states that risk rises with it, -1 where it falls; of those it names.

    Raises:
        ProfileError: A pattern fits no feature, or a feature is said to raise the risk and to lower it.
    """
    names = [feature.name for feature in features_of(profile)]
    found: dict[str, int] = {}
    for key, sign in (("risk_rises_with", 1), ("risk_falls_with", -1)):
        for pattern in getattr(profile.features, key):
            fitting = fnmatch.filter(names, pattern)
            if not fitting:
                raise ProfileError(
                    f"{where}.features: {key}: {pattern!r} fits no feature; legal: names such as {names[:3]}"
                )
            twice = [name for name in fitting if found.get(name, sign) != sign]
            if twice:
                raise ProfileError(
                    f"{where}.features: {twice[0]} is in risk_rises_with and risk_falls_with; legal: one"
                )
            found |= dict.fromkeys(fitting, sign)
    return found


def longest_window_s(features: tuple[Feature, ...]) -> int:
    """The longest look-back of any feature, seconds; how far a late reading or event reaches forward.

    A window of events begins by their delay earlier, for it ends as much earlier. Hours since an event look back for
    ever, and count as none.
    """
    return max((feature.window_s + feature.delay_s for feature in features if feature.window_s), default=0)


def delays_of(features: tuple[Feature, ...]) -> dict[str, int]:
    """Kind of event -> its delay, seconds; of the kinds that features ask for and that have one."""
    return {feature.event_kind: feature.delay_s for feature in features if feature.delay_s}


def _windows(profile: Profile, name: str) -> list[Feature]:
    rules = profile.features
    rule: WindowRule = rules.metrics.get(name, rules.windows)
    metric = profile.metric(name)
    suffix = unit(metric.unit).suffix
    made = []
    for window in rule.windows:
        window_s = seconds(window)
        least = math.ceil(rules.coverage * (window_s // profile.bucket_s))
        for statistic in rule.statistics:
            symbol, ending = _statistic_unit(statistic, metric.unit, suffix)
            made.append(
                Feature(
                    f"{name}_{statistic}_{window}_{ending}",
                    "window",
                    symbol,
                    metric=name,
                    statistic=statistic,
                    window_s=window_s,
                    min_buckets=max(1, least),
                )
            )
    return made


def _statistic_unit(statistic: str, symbol: str, suffix: str) -> tuple[str, str]:
    if statistic == "slope":
        return f"{symbol}/h", f"{suffix}_per_h"
    if statistic == "warning_share":
        return "1", "frac"
    return symbol, suffix


def _events(rule: EventRule, delay_s: int) -> list[Feature]:
    made = []
    for code in rule.codes or ("",):
        stem = f"{rule.kind}_{code}" if code else rule.kind
        made += [
            Feature(
                f"{stem}_{window}_count",
                "event_count",
                "1",
                window_s=seconds(window),
                event_kind=rule.kind,
                code=code,
                delay_s=delay_s,
            )
            for window in rule.windows
        ]
        if rule.hours_since:
            since = Feature(f"since_{stem}_h", "hours_since", "h", event_kind=rule.kind, code=code, delay_s=delay_s)
            made.append(since)
    return made


def _attribute(attribute: Attribute) -> list[Feature]:
    if not attribute.levels:
        return [Feature(attribute.name, "attribute", "1", attribute=attribute.name)]
    return [
        Feature(f"is_{attribute.name}_{level}", "level", "1", attribute=attribute.name, level=level)
        for level in attribute.levels
    ]
