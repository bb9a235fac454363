"""Settings: one TOML file, environment variables over it, the command line over both."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expectations.errors import unknown_name
from jobs.runtime.errors import SettingsError
from jobs.runtime.setting_keys import KEYS, Key

FILE_NAME = "assay.toml"
FILE_VARIABLE = "ASSAY_SETTINGS"
PREFIX = "ASSAY_"
# Read by the DAGs in Airflow's own processes; a person may have them set when calling a job by hand.
OF_THE_DAGS = ("ASSAY_PYTHON", "ASSAY_AIRFLOW_TOKEN", "ASSAY_DAG_CLOCK")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force. `KEYS` says what each setting means; `origins` where each value came from."""

    lake: Path = field(default_factory=lambda: Path("lake").absolute())
    landing: Path = field(default_factory=lambda: Path("landing").absolute())
    plant: str = "simulated"
    engine: str = "auto"
    engine_memory: str = "4g"
    cores: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    keys: Path = field(default_factory=lambda: Path("~/.config/assay/keys").expanduser())
    state: Path = field(default_factory=lambda: Path(".assay").absolute())
    airflow_home: Path = field(default_factory=lambda: Path(".airflow").absolute())
    log_level: str = "info"
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
    origins: dict[str, str] = {}
    path = _file(environment, file)
    if path is not None:
        for name, raw in _read(path).items():
            where = f"{path.name}: {name}"
            values[name] = _key(name, str(path)).parse(raw, path.absolute().parent, where)
            origins[name] = f"file {path}"
    for variable, text in sorted(environment.items()):
        if variable.startswith(PREFIX) and variable not in (FILE_VARIABLE, *OF_THE_DAGS):
            name = _name_of(variable)
            values[name] = KEYS[name].parse(text, Path.cwd(), variable)
            origins[name] = f"environment {variable}"
    for name, text in (options or {}).items():
        option = "--" + name.replace("_", "-")
        values[name] = _key(name, "command line").parse(text, Path.cwd(), option)
        origins[name] = f"command line {option}"
    settings = Settings(**values, origins=origins)
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
        legal = "texts stand in quotes, numbers without"
        raise SettingsError(f"settings file {path} is not TOML: {exc}; {legal}") from exc


def _key(name: str, where: str) -> Key:
    if name not in KEYS:
        raise SettingsError(f"{where}: {unknown_name('setting', name, KEYS)}")
    return KEYS[name]


def _name_of(variable: str) -> str:
    name = variable.removeprefix(PREFIX).lower()
    if name not in KEYS or variable != PREFIX + name.upper():
        legal = [FILE_VARIABLE, *(PREFIX + key.upper() for key in KEYS)]
        raise SettingsError(unknown_name("environment variable", variable, legal))
    return name


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
