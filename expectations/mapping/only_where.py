"""`only_where` of a mapping: which records of its files are its own; all others are blank."""

from dataclasses import dataclass

from expectations.errors import MappingError
from expectations.plant.toml_reader import Section


@dataclass(frozen=True, slots=True)
class OnlyRule:
    """A condition on one column; what each field means is in `domain.record.only_where.OnlyRule`."""

    column: str
    words: tuple[str, ...] = ()
    is_not: bool = False


def only_rule(section: Section) -> OnlyRule:
    """The rule in a table `only_where`.

    Raises:
        MappingError: An unknown key, no column, `is` and `is_not` at once, or no words in one of them.
    """
    column = section.take("column", str)
    lists = {key: section.take(key, list, None) for key in ("is", "is_not")}
    section.finish()
    named = [key for key, words in lists.items() if words is not None]
    if not column or len(named) > 1:
        raise MappingError(f"{section.where}: name a column, and one of `is` and `is_not` at most")
    if not named:
        return OnlyRule(column)
    words = tuple(_word(section, named[0], item) for item in lists[named[0]] or [])
    if not words:
        raise MappingError(f"{section.where}: {named[0]} is empty; name words, or leave it out: any content then")
    return OnlyRule(column, words, named[0] == "is_not")


def _word(section: Section, key: str, item: object) -> str:
    word = ("true" if item else "false") if isinstance(item, bool) else str(item).strip(" \t")
    if not isinstance(item, str | bool | int) or not word:
        raise MappingError(f"{section.where}: {key} holds {item!r}; legal: texts, whole numbers, true and false")
    return word
