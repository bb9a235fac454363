"""How the values of a column may be written in JSON: in quotation marks, or as a number."""

from bronze.readers.plan import ReadPlan
from domain.record.cells import INTEGER, NUMBER, ONLY, QUALITY, TEXT, TIME
from domain.record.times import NUMBERS


def is_written(plan: ReadPlan, column: str, is_text: bool) -> bool:
    """Whether a text in quotes, or a number, may be what a column holds."""
    kind, time = plan.fields[column], plan.mapping.time
    if plan.mapping.quoted_numbers and kind in (NUMBER, INTEGER):
        return True
    if kind == TIME and time is not None:
        return is_text != (time.kind in NUMBERS) or (plan.mapping.quoted_numbers and is_text)
    if kind == QUALITY:
        return True
    return is_text if kind in (TEXT, ONLY) else kind in (NUMBER, INTEGER) and not is_text
