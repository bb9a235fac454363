"""What the texts of maintenance records mean: the table `[feeds.maintenance]` of a profile."""

from domain.intervention import WORK_COLUMNS, Texts, WorkRules
from expectations.errors import ProfileError
from expectations.plant.toml_reader import Section


def work_rules(section: Section) -> WorkRules:
    """The rules of work, each a table of columns of the feed and the texts that they may hold.

    Raises:
        ProfileError: Another column, no list of texts, or one text that says two things that exclude each other.
    """
    rules = WorkRules(
        *(_texts(section.table(name)) for name in ("condition_based", "scheduled", "confirmed", "refuted"))
    )
    _exclude(section, ("condition_based", rules.condition_based), ("scheduled", rules.scheduled))
    _exclude(section, ("confirmed", rules.confirmed), ("refuted", rules.refuted))
    return rules


def _texts(section: Section) -> Texts:
    found = tuple((column, text) for column in WORK_COLUMNS for text in section.texts(column, ()))
    section.finish()
    return found


def _exclude(section: Section, one: tuple[str, Texts], other: tuple[str, Texts]) -> None:
    for column, text in one[1]:
        if (column, text) in other[1]:
            both = f"{column} {text!r} is in {one[0]} and in {other[0]}"
            raise ProfileError(f"{section.where}: {both}; legal: one of the two; correct it")
