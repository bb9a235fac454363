"""A case from plain data, as a TOML file has them; and a case with some of its inputs changed."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from calculators.arithmetic import Number, number
from calculators.errors import CalculationError
from calculators.fields import Declared, Spec, specs


def build(kind: type[Declared], data: Mapping[str, object], where: str = "case") -> Any:
    """The case in a mapping.

    Args:
        kind: The class of the case, or of a row.
        data: Numbers as int, Decimal or text; rows as lists of mappings.
        where: Where the data are from, for errors.

    Raises:
        CalculationError: A key is unknown or missing, a value is of another type, or cannot be.
    """
    known = {spec.name: spec for spec in specs(kind)}
    if unknown := sorted(set(data) - set(known)):
        raise CalculationError(f"{where}: got key {unknown[0]!r}; legal: {', '.join(known)}; rename or remove it")
    needed = {each.name for each in fields(kind) if each.default is MISSING}
    if missing := [name for name in known if name in needed and name not in data]:
        spec = known[missing[0]]
        raise CalculationError(f"{where}: got no {spec.name}; legal: {_legal(spec)}; add the {spec.meaning}")
    values = {name: _value(known[name], value, f"{where}.{name}") for name, value in data.items()}
    try:
        return kind(**values)
    except CalculationError as exc:
        raise CalculationError(f"{where}: {exc}") from exc


def changed(case: Any, changes: Mapping[str, str | Number]) -> Any:
    """The case with inputs changed, each named by its path: `allowed_frac`, or `parts.valve_stroke.time_s`.

    Raises:
        CalculationError: No such path, no number, or a value that cannot be.
    """
    for path, value in changes.items():
        legal = dict(paths(case))
        if path not in legal:
            raise CalculationError(f"got input {path!r}; legal: {', '.join(legal)}; name one of these")
        case = _replaced(case, path.split("."), _number(legal[path], value, path))
    return case


def paths(case: Any, lead: str = "") -> Iterator[tuple[str, Spec]]:
    """The path of each number of a case, with what it is. A row is named by its name, or by its place from 1."""
    for spec in specs(type(case)):
        if spec.limits is not None:
            yield f"{lead}{spec.name}", spec
        elif spec.row is not None:
            for place, row in enumerate(getattr(case, spec.name), start=1):
                yield from paths(row, f"{lead}{spec.name}.{row_name(row, place)}.")


def value_at(case: Any, path: str) -> Number | None:
    """The number at a path that `paths` gave."""
    for name in path.split("."):
        case = _row(case, name) if isinstance(case, tuple) else getattr(case, name)
    found: Number | None = case
    return found


def row_name(row: Any, place: int) -> str:
    """What a row is called in a path."""
    return str(getattr(row, "name", place))


def _row(rows: tuple[Any, ...], name: str) -> Any:
    return next(row for place, row in enumerate(rows, start=1) if row_name(row, place) == name)


def _replaced(case: Any, names: list[str], value: Number) -> Any:
    head, *rest = names
    if not rest:
        return replace(case, **{head: value})
    held = getattr(case, head)
    row = _row(held, rest[0])
    made = _replaced(row, rest[1:], value)
    return replace(case, **{head: tuple(made if each is row else each for each in held)})


def _value(spec: Spec, value: object, where: str) -> object:
    if spec.row is not None:
        if not isinstance(value, list):
            raise CalculationError(f"{where}: got {value!r}; legal: {_legal(spec)}; write [[{where}]] before each row")
        return tuple(_built_row(spec, row, f"{where}[{place}]") for place, row in enumerate(value, start=1))
    if spec.limits is not None:
        return _number(spec, value, where)
    return value


def _built_row(spec: Spec, row: object, where: str) -> object:
    assert spec.row is not None  # only rows are asked for
    if not isinstance(row, Mapping):
        raise CalculationError(f"{where}: got {row!r}; legal: a table of keys; write one [[...]] for each row")
    return build(spec.row, row, where)


def _number(spec: Spec, value: object, where: str) -> Number:
    legal = _legal(spec)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction | str):
        raise CalculationError(f"{where}: got {value!r}; legal: {legal}; give the {spec.meaning} as a number")
    try:
        return number(value)
    except (ValueError, OverflowError, ZeroDivisionError) as exc:
        raise CalculationError(f"{where}: got {str(value)!r}; legal: {legal}; give the {spec.meaning}") from exc


def _legal(spec: Spec) -> str:
    if spec.limits is not None:
        return spec.limits.words() + (f" ({spec.unit})" if spec.unit else "")
    return f"rows with {', '.join(each.name for each in specs(spec.row))}" if spec.row is not None else "a text"
