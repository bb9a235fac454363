"""The JSON schemas of a plant's files, written beside them for editors."""

import json
from pathlib import Path

from expectations.mapping.editor_schemas import mapping_schema, profile_schema
from jobs.runtime.report import RunReport
from lakehouse.errors import UsageError

PROFILE, MAPPING = "profile.schema.json", "mapping.schema.json"


def write_schemas(folder: Path) -> RunReport:
    """Write both schemas into the folder of a plant.

    Raises:
        UsageError: There is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}; name the one that holds profile.toml")
    for name, schema in ((PROFILE, profile_schema()), (MAPPING, mapping_schema())):
        (folder / name).write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
    lines = (
        f"{folder / PROFILE}: first line of profile.toml: #:schema ./{PROFILE}",
        f"{folder / MAPPING}: first line of each mapping: #:schema ../{MAPPING}",
    )
    return RunReport("plant", changed=False, lines=lines, data={"schemas": [PROFILE, MAPPING]})
