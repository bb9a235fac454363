"""Settings: one TOML file, environment variables over it, the command line over both."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expectations.errors import unknown_name
from jobs.runs.expected import DEFAULT as DEFAULT_RUNS
from jobs.runtime.alert_keys import ALERT_KEYS
from jobs.runtime.alert_settings import AlertSettings
from jobs.runtime.setting_keys import KEYS, Key
from lakehouse.errors import SettingsError

FILE_NAME = "assay.toml"
FILE_VARIABLE = "ASSAY_SETTINGS"
PREFIX = "ASSAY_"
ALERTS = "alerts"
# Set by a DAG for the jobs that it starts: which run it is.
DAG_RUN = "ASSAY_DAG_RUN"
# Read by the DAGs in Airflow's own processes; a person may have them set when calling a job by hand.
OF_THE_DAGS = ("ASSAY_PYTHON", "ASSAY_AIRFLOW_TOKEN", "ASSAY_DAG_CLOCK", DAG_RUN)


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force. `KEYS` says what each setting means; `origins` where each value came from.

    `alerts` is the table `[alerts]` of the file; its origins are named `alerts.<setting>`.
    """

    lake: Path = field(default_factory=lambda: Path("lake").absolute())
    landing: Path = field(default_factory=lambda: Path("landing").absolute())
    plant: str = "simulated"
    engine: str = "auto"
    engine_memory: str = "4g"
    cores: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    keys: Path = field(default_factory=lambda: Path("~/.config/assay/keys").expanduser())
    state: Path = field(default_factory=lambda: Path(".assay").absolute())
    airflow_home: Path = field(default_factory=lambda: Path(".airflow").absolute())
    expected_runs: str = DEFAULT_RUNS
    least_free: str = "5%"
    log_level: str = "info"
    alerts: AlertSettings = field(default_factory=AlertSettings)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)

    def origin(self, name: str) -> str:
        """Where the value of a setting came from: `default`, a file, a variable or an option."""
        return self.origins.get(name, "default")


def load_settings(
    environment: Mapping[str, str],
    options: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """The settings in force.

    Args:
        environment: Variables; those that begin with `ASSAY_` count.
        options: Values of the command line, by setting name.
        file: The settings file; without it `$ASSAY_SETTINGS`, else `assay.toml` of the working directory if it exists.

    Raises:
        SettingsError: An unknown key, a bad value, or a named file that is not there; the message lists what is legal.
    """
    values: dict[str, Any] = {}
    alerts: dict[str, Any] = {}
    origins: dict[str, str] = {}
    path = _file(environment, file)
    if path is not None:
        for name, raw in _read(path).items():
            if name == ALERTS:
                alerts = _alerts_of_file(raw, path)
                origins |= {f"{ALERTS}.{each}": f"file {path}" for each in alerts}
                continue
            where = f"{path.name}: {name}"
            values[name] = _key(name, str(path)).parse(raw, path.absolute().parent, where)
            origins[name] = f"file {path}"
    for variable, text in sorted(environment.items()):
        if variable.startswith(PREFIX) and variable not in (FILE_VARIABLE, *OF_THE_DAGS):
            key, name, target = _of_variable(variable, values, alerts)
            target[key.name] = key.parse(text, Path.cwd(), variable)
            origins[name] = f"environment {variable}"
    for name, text in (options or {}).items():
        option = "--" + name.replace("_", "-")
        values[name] = _key(name, "command line").parse(text, Path.cwd(), option)
        origins[name] = f"command line {option}"
    settings = Settings(**values, alerts=AlertSettings(**alerts), origins=origins)
    _check_folders(settings)
    return settings


def _file(environment: Mapping[str, str], file: Path | None) -> Path | None:
    named = file or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    if named is None:
        return Path(FILE_NAME) if Path(FILE_NAME).is_file() else None
    if not named.is_file():
        what = "no file" if named.exists() else "not there"
        raise SettingsError(f"settings file {named} is {what}; name one that is, with --settings or {FILE_VARIABLE}")
    return named


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        legal = "put texts in quotes, numbers without"
        raise SettingsError(f"settings file {path} is not TOML: {exc}; {legal}") from exc


def _key(name: str, where: str) -> Key:
    if name not in KEYS:
        raise SettingsError(f"{where}: {unknown_name('setting', name, KEYS)}")
    return KEYS[name]


def _alerts_of_file(table: object, path: Path) -> dict[str, Any]:
    """The settings of the file's table `[alerts]`."""
    if not isinstance(table, dict):
        raise SettingsError(f"{path.name}: {ALERTS} = {type(table).__name__}; legal: a table, [{ALERTS}]")
    values = {}
    for name, raw in table.items():
        if name not in ALERT_KEYS:
            raise SettingsError(f"{path}: {unknown_name(f'setting of [{ALERTS}]', name, ALERT_KEYS)}")
        if ALERT_KEYS[name].secret:
            variable = f"{PREFIX}{ALERTS}_{name}".upper()
            raise SettingsError(
                f"{path.name}: {ALERTS}.{name} is a secret and must not be in this file; "
                f"set {variable}, or {name}_file to a file that only you can read"
            )
        values[name] = ALERT_KEYS[name].parse(raw, path.absolute().parent, f"{path.name}: {ALERTS}.{name}")
    return values


def _of_variable(variable: str, values: dict[str, Any], alerts: dict[str, Any]) -> tuple[Key, str, dict[str, Any]]:
    """The setting that a variable gives: its key, its name among the origins, and where its value goes."""
    name = variable.removeprefix(PREFIX).lower()
    of_alerts = name.removeprefix(f"{ALERTS}_")
    if variable == PREFIX + name.upper():
        if name in KEYS:
            return KEYS[name], name, values
        if name != of_alerts and of_alerts in ALERT_KEYS:
            return ALERT_KEYS[of_alerts], f"{ALERTS}.{of_alerts}", alerts
    legal = [FILE_VARIABLE, *(PREFIX + key.upper() for key in KEYS)]
    legal += [f"{PREFIX}{ALERTS}_{key}".upper() for key in ALERT_KEYS]
    raise SettingsError(unknown_name("environment variable", variable, legal))


def _check_folders(settings: Settings) -> None:
    """Nothing but tables lies under the lake, and the lake not under the landing folder: ingest would read it."""
    lake = settings.lake.resolve()
    if lake.is_relative_to(settings.landing.resolve()):
        raise SettingsError(
            f"lake = {str(lake)!r} lies inside landing {str(settings.landing)!r}; legal: a folder outside"
        )
    for name in ("landing", "keys", "state", "airflow_home"):
        folder: Path = getattr(settings, name)
        if folder.resolve().is_relative_to(lake):
            raise SettingsError(
                f"{name} = {str(folder)!r} lies inside the lake {str(lake)!r}; legal: a folder outside it"
            )
