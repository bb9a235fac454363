"""Where the records of nested JSON are: arrays of objects, and objects whose keys are data. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

_PLAIN = re.compile(r"""[^.\[\]*$|"'@][^.\[\]*$|"']*""")


class Every(Enum):
    """The step to every element of an array, or to every member of an object."""

    ELEMENT = "[*]"
    MEMBER = ".*"


Step = str | Every
Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a document.

    Attributes:
        value: An object, an array or a single value.
        keys: Names of the members that lead to it by `.*`, the innermost first.
        around: Objects that hold it, the innermost first, with the steps to each and the member that leads on.
    """

    value: object
    keys: tuple[str, ...]
    around: tuple[tuple[tuple[Step, ...], Mapping[str, object], str], ...]


def steps_to_records(values: Sequence[object], *, is_top: bool = True) -> tuple[Step, ...]:
    """The steps from documents to their records; empty where each document is one.

    Of several arrays and objects the one that leads to the most values is taken.
    """
    found = _routes(values, is_top=is_top)
    return max(found, key=lambda one: one[0])[1] if found else ()


def other_records(values: Sequence[object], steps: Sequence[Step]) -> tuple[str, ...]:
    """Paths of other arrays of objects beside the records, which one mapping cannot read too."""
    return tuple(path_of(route) for _, route in _routes(values, is_top=True) if list(route) != list(steps))


def path_of(steps: Sequence[Step], start: str = "") -> str:
    """The path as a mapping has it, such as `devices[*].values.*`."""
    text = start
    for step in steps:
        if isinstance(step, Every):
            text += step.value if text or step is Every.ELEMENT else "*"
        elif _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def records_in(document: object, steps: Sequence[Step]) -> Iterator[Record]:
    """The records of a document."""
    yield from _walk(document, tuple(steps), 0, (), ())


def scalars(value: Mapping[str, object], leave: str = "") -> Iterator[tuple[tuple[str, ...], Scalar]]:
    """The single values within an object, with the names that lead to each; arrays are none."""
    for name, inner in value.items():
        if name == leave:
            continue
        if isinstance(inner, Mapping):
            yield from (((name, *rest), one) for rest, one in scalars(inner))
        elif inner is None or isinstance(inner, str | int | float):
            yield (name,), inner


def _walk(
    value: object, steps: tuple[Step, ...], at: int, keys: tuple[str, ...],
    around: tuple[tuple[tuple[Step, ...], Mapping[str, object], str], ...],
) -> Iterator[Record]:  # fmt: skip
    if at == len(steps):
        yield Record(value, keys, around)
        return
    step = steps[at]
    if step is Every.ELEMENT:
        for inner in value if isinstance(value, list) else ():
            yield from _walk(inner, steps, at + 1, keys, around)
    elif not isinstance(value, Mapping):
        return
    elif step is Every.MEMBER:
        for key, inner in value.items():
            yield from _walk(inner, steps, at + 1, (key, *keys), around)
    elif step in value:
        yield from _walk(value[step], steps, at + 1, keys, ((steps[:at], value, str(step)), *around))


def _routes(values: Sequence[object], *, is_top: bool) -> list[tuple[int, tuple[Step, ...]]]:
    """Every way on from values of one place that passes an array or an object of data: how many it reaches, steps."""
    objects = [value for value in values if isinstance(value, Mapping)]
    arrays = [value for value in values if isinstance(value, list)]
    if arrays:
        inner = [element for array in arrays for element in array]
        is_nested = bool(inner) and all(isinstance(element, Mapping | list) for element in inner)
        return _on(Every.ELEMENT, inner) if is_nested and not objects else []
    if _has_data_as_keys(objects, is_top=is_top):
        return _on(Every.MEMBER, [inner for value in objects for inner in value.values()])
    names = dict.fromkeys(name for value in objects for name in value)
    found = []
    for name in names:
        inner = [value[name] for value in objects if name in value]
        found += [(count, (name, *steps)) for count, steps in _routes(inner, is_top=False)]
    return found


def _on(step: Every, inner: Sequence[object]) -> list[tuple[int, tuple[Step, ...]]]:
    further = _routes(inner, is_top=False)
    return [(count, (step, *steps)) for count, steps in further] or [(len(inner), (step,))]


def _has_data_as_keys(objects: Sequence[Mapping[str, object]], *, is_top: bool) -> bool:
    """Whether names of members are machines, tags or metrics: values are of one form, or names differ each time."""
    values = [inner for value in objects for inner in value.values()]
    names = {name for value in objects for name in value}
    are_many = len(names) > 1 or any(sign.isdigit() for name in names for sign in name)
    if not values or not are_many:
        return False
    if all(isinstance(inner, list) and inner for inner in values):
        values = [element for inner in values if isinstance(inner, list) for element in inner]
    if all(isinstance(inner, Mapping) and inner for inner in values):
        return len({frozenset(inner) for inner in values if isinstance(inner, Mapping)}) == 1
    is_number = all(isinstance(inner, int | float) and not isinstance(inner, bool) for inner in values)
    return is_number and not is_top and len({frozenset(value) for value in objects}) > 1
