"""All fields of a record by a plan: the value of each, or why it has none."""

from collections.abc import Mapping

from bronze.readers.plan import ReadPlan
from domain.record.cells import CellReader, Value
from domain.record.faults import Fault, FieldError


class FieldReader:
    """Reads the fields of one plan's records.

    Args:
        plan: The plan.
        is_text: Whether the format knows texts only.
    """

    def __init__(self, plan: ReadPlan, *, is_text: bool) -> None:
        cells = CellReader(plan.mapping.missing, plan.mapping.time, is_text=is_text)
        self._readers = [(column, cells.readers[kind]) for column, kind in plan.fields.items()]

    def read(self, fields: Mapping[str, object]) -> tuple[dict[str, Value], dict[str, Fault]]:
        """The values by source column, None where a field is blank or absent; the faults of fields that have none."""
        values: dict[str, Value] = {}
        faults: dict[str, Fault] = {}
        for column, read in self._readers:
            try:
                values[column] = read(column, fields.get(column))
            except FieldError as exc:
                faults[column] = exc.fault
        return values, faults
