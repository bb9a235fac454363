"""`assay settings`: what is in force, and where each value came from."""

import argparse

from jobs.runtime.alert_keys import ALERT_KEYS
from jobs.runtime.report import RunReport
from jobs.runtime.setting_keys import KEYS, masked
from jobs.runtime.settings import ALERTS, FILE_NAME, FILE_VARIABLE, PREFIX, Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command has no options of its own."""
    parser.epilog = (
        f"File: {FILE_NAME} or ${FILE_VARIABLE}. Variables: {PREFIX}LAKE, and so on. Options: --lake, and so on. "
        f"Settings of [alerts]: the file's table, or {PREFIX}ALERTS_WEBHOOK_URL, and so on."
    )


def run(_args: argparse.Namespace, settings: Settings) -> RunReport:
    """A line per setting: name, value (secrets masked), origin, meaning."""
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
