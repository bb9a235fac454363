"""The file of a plant profile, `profile.toml`: its place, and the profile that it holds."""

import tomllib
from pathlib import Path

from expectations.errors import ContractError, ProfileError, unknown_name
from expectations.features import risk_of
from expectations.plant.checks import check_profile
from expectations.plant.plant_profile import Profile
from expectations.plant.sections import profile
from expectations.plant.toml_reader import Section
from expectations.residuals import residuals_of
from expectations.tables.plant_rules import check_rules

PLANTS = Path(__file__).parents[1] / "plants"


def load_profile(plant: str | Path) -> Profile:
    """The profile of a plant that ships with Assay, by name, or of any folder that holds a `profile.toml`.

    Raises:
        ProfileError: No such plant, or the file has an unknown key, a bad value or a missing one.
    """
    folder = profile_folder(plant)
    where = f"{folder.name}/profile.toml"
    try:
        data = tomllib.loads((folder / "profile.toml").read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as exc:
        raise ProfileError(f"{where}: not TOML: {exc}; put texts in quotes, numbers and times without") from exc
    except UnicodeDecodeError as exc:
        raise ProfileError(f"{where}: not UTF-8: {exc}; save the file in that encoding") from exc
    return parse_profile(data, where)


def profile_folder(plant: str | Path) -> Path:
    """The folder of a plant: a shipped name, or a path to a folder with `profile.toml`.

    Raises:
        ProfileError: Neither; the message lists the shipped plants.
    """
    for folder in (PLANTS / str(plant), Path(plant)):
        if (folder / "profile.toml").is_file():
            return folder
    shipped = [path.parent.name for path in PLANTS.glob("*/profile.toml")]
    raise ProfileError(unknown_name("plant", str(plant), shipped) + ", or a folder that holds profile.toml")


def parse_profile(data: dict[str, object], where: str) -> Profile:
    """The profile in a parsed TOML document.

    Raises:
        ProfileError: An unknown key, a bad value, a missing key, or parts that contradict each other.
    """
    if not data:
        legal = "[plant] with name, description, began_at and bucket, and one [metrics.<name>] at least"
        raise ProfileError(f"{where}: the file is empty; legal: {legal}")
    root = Section(data, where, ProfileError)
    try:
        found = profile(root)
        root.finish()
        check_profile(found, where)
        risk_of(found, where)
        residuals_of(found, where)
        check_rules(found, where)
    except ProfileError:
        raise
    except ContractError as exc:
        raise ProfileError(f"{where}: {exc}") from exc
    return found
