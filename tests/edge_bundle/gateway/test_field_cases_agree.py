"""Every field case through the gateway's reader: what a device accepts, leaves blank and rejects is what bronze does.

Files that a device does not read are listed with the reason, and each such file is tried: the list cannot grow old.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_bundle.gateway.errors import SourceError
from expectations.mapping.folder import read_mappings
from expectations.mapping.landed_path import at_path, readers
from expectations.mapping.mapping import Mapping
from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from jobs.edge.pipeline_document import pipeline_of
from lakehouse.errors import UsageError
from tests.edge_bundle.gateway.test_readers_agree import ours, theirs
from tests.field_cases.case import Case, cases

# Cases with mappings that no bundle takes, and what the bundle's builder says.
NOT_FOR_DEVICES = {
    "drift_parquet_type_changes": "format = 'parquet' cannot be read by a gateway",
    "export_time_in_path": "[exported], exported_at and revision rank records of all files",
    "export_time_ahead_in_path": "[exported], exported_at and revision rank records of all files",
    "export_time_in_record": "[exported], exported_at and revision rank records of all files",
    "mean_of_a_second": "same_stamp = 'mean' needs the whole file",
    "parquet_int64_ns": "format = 'parquet' cannot be read by a gateway",
    "parquet_text_and_bool": "format = 'parquet' cannot be read by a gateway",
    "revision_in_path": "[exported], exported_at and revision rank records of all files",
    "samples_share_a_second": "same_stamp = 'spread' needs the whole file",
    "segments_of_a_logger": "above reads the lines above the records",
    "start_and_rate_above_the_header": "above reads the lines above the records",
    "time_in_file_name": "every counts the rows of a whole file",
    "workbook_lines_above": "format = 'xlsx' cannot be read by a gateway",
    "workbook_sheets": "format = 'xlsx' cannot be read by a gateway",
    "zip_members": "names members of an archive",
}
# Cases with a file that both refuse as a whole: bronze rejects its lines, the device says what is wrong and goes on.
REFUSED_FILES = {
    "drift_another_delimiter": "is missing; it has",
    "drift_another_format": "is missing; it has",
    "drift_name_in_another_case": "is missing; it has",
    "drift_no_header_any_more": "is missing; it has",
    "drift_required_column_gone": "is missing; it has",
    "drift_required_column_renamed": "is missing; it has",
    "drift_unit_in_name_changes": "is missing; it has",
    "line_counts_as_a_record": "is missing; it has",
    "xlsx_counts_nothing": "the content is an Excel workbook",
}
# Cases of which no mapping reads some file: there is nothing to compare.
UNMATCHED = {"drift_another_folder", "extension_upper_case", "nothing_matches", "path_names_machine"}


def _landed(case: Case, root: Path) -> Iterator[tuple[Profile, list[Mapping], str, Path]]:
    """Each file of each delivery, with the mappings that read it."""
    plant, landing = case.make_plant(root), root / "landing"
    profile = load_profile(plant)
    mappings = read_mappings(str(plant), profile).usable
    for number in range(len(case.deliveries)):
        case.deliver(number, landing)
        for path in sorted(path for path in landing.rglob("*") if path.is_file()):
            name = path.relative_to(landing).as_posix()
            yield profile, readers(name, mappings), name, path


def _reason(profile: Profile, mapping: Mapping, landed: str, path: Path) -> str:
    """Why a device does not read a file; empty where it reads it, and as bronze does."""
    try:
        pipeline = pipeline_of(profile, (mapping,), [])
    except UsageError as error:
        return str(error)
    expected = theirs(pipeline, at_path(mapping, landed), path)
    try:
        found = ours(pipeline, path)
    except SourceError as error:
        is_refused = (expected.rows.total(), expected.set_aside, expected.blank) == (0, 0, 0) and expected.rejected > 0
        return str(error) if is_refused else f"the device refuses what bronze reads: {error}"
    return "" if found == expected else f"the device has {found}, bronze has {expected}"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.folder.name)
def test_a_device_reads_what_bronze_reads(case: Case, tmp_path: Path) -> None:
    name = case.folder.name
    unmatched, reasons = 0, []
    for profile, mappings, landed, path in _landed(case, tmp_path):
        unmatched += not mappings
        reasons += [_reason(profile, mapping, landed, path) for mapping in mappings]
    reasons = [reason for reason in reasons if reason]

    legal = NOT_FOR_DEVICES.get(name) or REFUSED_FILES.get(name)
    assert [reason for reason in reasons if legal is None or legal not in reason] == []
    assert bool(reasons) == (legal is not None)
    assert bool(unmatched) == (name in UNMATCHED)


def test_the_lists_name_cases() -> None:
    assert NOT_FOR_DEVICES.keys() | REFUSED_FILES.keys() | UNMATCHED <= {case.folder.name for case in cases()}
