"""The settings in force and the plant's policy, and where each value came from, as a report."""

from dataclasses import asdict

from expectations.errors import ContractError
from expectations.policy.file import FILE_NAME, PolicyNumber, load_policy
from jobs.runtime.alert_keys import ALERT_KEYS
from jobs.runtime.report import RunReport
from jobs.runtime.setting_keys import KEYS, masked
from jobs.runtime.settings import ALERTS, Settings


def shown(settings: Settings) -> RunReport:
    """A line for each setting: name, value (secrets masked), origin, meaning; then the policy, with unit and source.

    A policy that cannot be read is one line that says why: the settings are shown all the same.
    """
    values = {name: masked(name, getattr(settings, name)) for name in KEYS}
    values |= {f"{ALERTS}.{name}": key.shown(getattr(settings.alerts, name)) for name, key in ALERT_KEYS.items()}
    meanings = {name: key.meaning for name, key in KEYS.items()}
    meanings |= {f"{ALERTS}.{name}": key.meaning for name, key in ALERT_KEYS.items()}
    name_width = max(map(len, values))
    value_width = max(map(len, values.values()))
    lines = tuple(
        f"{name:<{name_width}}  {value:<{value_width}}  [{settings.origin(name)}]  {meanings[name]}"
        for name, value in values.items()
    )
    data = {name: {"value": value, "origin": settings.origin(name)} for name, value in values.items()}
    try:
        policy = load_policy(settings.plant)
    except ContractError as exc:
        lines += ("", f"no policy can be shown: {exc}")
        return RunReport("settings", changed=False, lines=lines, data={"settings": data, "policy": None})
    lines += ("", f"policy of plant {settings.plant}; {FILE_NAME} beside its profile.toml sets its own numbers:")
    lines += tuple(map(_line, policy))
    numbers = {number.name: asdict(number) for number in policy}
    return RunReport("settings", changed=False, lines=lines, data={"settings": data, "policy": numbers})


def _line(number: PolicyNumber) -> str:
    """One number with unit, origin, meaning and source."""
    value = f"{number.value:,} {number.unit}"
    return f"{number.name:<32}  {value:<16}  [{number.origin}]  {number.meaning}; source: {number.source}"
