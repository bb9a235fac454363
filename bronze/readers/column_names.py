"""Names of a file's columns, in a CSV header or a Parquet schema: what may be missing, and what is there twice."""

from collections.abc import Sequence

from bronze.readers.plan import ReadPlan
from domain.record import reasons
from domain.record.faults import Fault
from domain.record.like_names import like_name


def column_fault(names: Sequence[str], plan: ReadPlan, where: str) -> Fault | None:
    """Why a file with these columns cannot be read; None where it can.

    A column that the mapping calls optional may be absent, and is then blank in every row; but of the columns that hold
    readings one must be there. A column that is there twice has no one meaning.

    Args:
        names: The file's columns, in order.
        plan: The plan of the mapping.
        where: What holds the names: `header`, `file`.
    """
    for column in plan.file_columns:
        found = names.count(column)
        if found > 1 or (found == 0 and column not in plan.optional):
            return _fault(
                f"column {column!r} of mapping {plan.mapping.name} is {'twice' if found else 'not'}",
                column,
                names,
                where,
            )
    for column in plan.optional.difference(names):
        found_name = like_name(column, (name for name in names if name not in plan.known))
        if found_name is not None:
            what = f"column {column!r} of mapping {plan.mapping.name} is not, and {found_name!r} is"
            return _fault(what, column, names, where)
    if plan.cells and not any(column in names for column in plan.cell_columns):
        return _fault(f"no column with readings of mapping {plan.mapping.name} is", plan.cell_columns[0], names, where)
    return None


def new_names(names: Sequence[str], plan: ReadPlan, where: str) -> Fault | None:
    """A warning, where optional columns are absent beside new ones: the source may have renamed them."""
    absent = sorted(column for column in plan.optional if column not in names)
    unknown = [name for name in names if name and name not in plan.known]
    if not absent or not unknown:
        return None
    what = f"optional column {absent[0]!r} of mapping {plan.mapping.name} is not, and {unknown[0]!r} is new"
    return _fault(what, absent[0], names, where)


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names of columns; of equal ones the second is `name#2`, and so on, past names that the file has itself."""
    taken, found = set(names), list[str]()
    for place, name in enumerate(names):
        number, free = 1 + names[:place].count(name), name
        if number > 1:
            while (free := f"{name}#{number}") in taken:
                number += 1
            taken.add(free)
        found.append(free)
    return tuple(found)


def _fault(what: str, column: str, names: Sequence[str], where: str) -> Fault:
    return Fault(reasons.MISSING_COLUMN, f"{what} in the {where}; it has {', '.join(names)[:1000]}", column)
