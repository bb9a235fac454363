"""What a check demands, in Great Expectations' own words; the library itself, seconds to load, is not asked for them.

Only the expectations that `suite_description` makes are known; a test compares each with what the library renders.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from expectations.audit.suite_description import RULE_PREFIX, Check


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a sentence: plain words, or a value in it."""

    text: str
    is_value: bool


def sentence(check: Check) -> tuple[Phrase, ...]:
    """The demand of a check for people; of a rule declared by hand its own words."""
    arguments = check.arguments
    column = str(arguments.get("column", ""))
    if column.startswith(RULE_PREFIX):
        words, _, condition = check.description.partition(": ")
        return _words(f"{words}: "), _value(condition)
    if check.type == "expect_table_columns_to_match_ordered_list":
        return _words("Must have these columns in this order: "), *_listed(arguments["column_list"])
    return _value(column), *_demand(check)


def _demand(check: Check) -> Iterator[Phrase]:
    if check.type == "expect_column_values_to_not_be_null":
        yield _words(" values must never be null.")
        return
    if check.type == "expect_column_values_to_be_in_set":
        yield _words(" values must belong to this set: ")
        yield from _listed(check.arguments["value_set"])
    elif "min_value" in check.arguments:
        yield _words(" values must be greater than or equal to ")
        yield _value(check.arguments["min_value"])
    else:
        yield _words(" values must be less than or equal to ")
        yield _value(check.arguments["max_value"])
    yield _words(".")


def _listed(values: Iterable[Any]) -> Iterator[Phrase]:
    for place, value in enumerate(values):
        if place:
            yield _words(", ")
        yield _value(value)


def _words(text: str) -> Phrase:
    return Phrase(text, is_value=False)


def _value(value: object) -> Phrase:
    return Phrase(str(value), is_value=True)
