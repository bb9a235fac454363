"""The settings in force, and where each value came from, as a report."""

from jobs.runtime.alert_keys import ALERT_KEYS
from jobs.runtime.report import RunReport
from jobs.runtime.setting_keys import KEYS, masked
from jobs.runtime.settings import ALERTS, Settings


def shown(settings: Settings) -> RunReport:
    """A line for each setting: name, value (secrets masked), origin, meaning."""
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
    return RunReport("settings", changed=False, lines=lines, data={"settings": data})
