"""JSON schemas of a plant's files for editors, made of the keys that the loaders themselves ask for.

Both loaders read an example with every table; a key that a loader asks for is a key of the schema.
"""

import tomllib
from typing import Any

from expectations.errors import MappingError, ProfileError
from expectations.feeds import FEEDS
from expectations.mapping.file import mapping_of
from expectations.mapping.presets import preset_names
from expectations.plant.asked_keys import AskedKeys
from expectations.plant.sections import profile
from expectations.plant.toml_reader import Section

_DRAFT = "http://json-schema.org/draft-07/schema#"
_MAPPING = """
feed = "readings"
files = ["*"]
time = { column = "t", plus = { column = "n" } }
metrics = { c = { metric = "m", unit = "C" } }
quality = { column = "q", good = ["Good"] }
series = { every = 1 }
samples = { column = "a" }
exported = { column = "e", plus = { column = "n" } }
only_where = { column = "c" }
corrections = [{ factor = 2 }]
"""
_PROFILE = """
plant = { name = "p", description = "d", began_at = 2026-01-01T00:00:00Z, bucket = "15min" }
metrics = { m = { unit = "C", resolution = 1, kind = "counter", overrides = [{ machine_id = "m" }] } }
features = { events = [{ kind = "failure" }] }
attributes = { a = {} }
residuals = { m = { explained_by = ["n"] } }
costs = { overrides = [{ machine_model = "m" }] }
vibration = {}
sensor_health = { redundant = { m = 2.0 }, calibration_due = { m = "d" } }
storage = { hot_usd_per_tb = 1, warm_usd_per_tb = 1, cold_usd_per_tb = 1 }
"""

_BY_PRESET = ("time", "quality", "series", "only_where", "samples", "exported")
"""Tables of which a preset may bring required keys."""
_OF_SERIES = ("same_stamp", "precision", "step", "every", "marks", "interval")
"""Keys of `[time]` that an export time has not."""


def mapping_schema() -> dict[str, Any]:
    """The JSON schema of a file of `mappings/`."""
    keys = AskedKeys()
    root = Section(tomllib.loads(_MAPPING), "mapping", MappingError, keys)
    mapping_of(root, "mapping")
    root.finish()
    keys.legal("feed", sorted(FEEDS))
    keys.legal("preset", preset_names())
    keys.ask("tag_table", str, is_required=False)
    schema = keys.schema()
    schema["required"] = ["files"]  # a preset may bring all others
    for name in _OF_SERIES:
        schema["properties"]["exported"]["properties"].pop(name)
    for table in _BY_PRESET:
        schema["properties"][table].pop("required", None)
    return {"$schema": _DRAFT, "title": "Mapping of a plant's files", **schema}


def profile_schema() -> dict[str, Any]:
    """The JSON schema of `profile.toml`."""
    keys = AskedKeys()
    root = Section(tomllib.loads(_PROFILE), "profile", ProfileError, keys)
    profile(root)
    root.finish()
    return {"$schema": _DRAFT, "title": "Profile of a plant", **keys.schema()}
