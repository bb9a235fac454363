"""One version of a table, computed again and compared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from expectations.tables.contract import Table
from jobs.models.known_then import check_known_then
from jobs.verify.basis import code_note, other_code, other_rules
from jobs.verify.choice import Choice
from jobs.verify.compared import Compared, compared
from jobs.verify.gone import UNREADABLE, gone, unreadable
from jobs.verify.outcome import Outcome, Verdict
from jobs.verify.recipes import Maker, recipe_of
from jobs.verify.then import Build, build_of, plant_then
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake_then import LakeThen
from lakehouse.plant import Plant
from lakehouse.publish.built_again import BuildRecipe, built_again, possible_dates
from lakehouse.publish.recipe import Recipe
from ml.errors import LeakError

_FEATURES = "gold.machine_features"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A version of a table, its recipe and build, the lake that the build has read, and the target as it is compared.

    Attributes:
        plant: The plant over the lake as it is now.
        recipe: The recipe over the lake of then.
    """

    plant: Plant
    version: int
    recipe: BuildRecipe
    build: Build
    then: LakeThen
    target: LakeThen

    @property
    def table(self) -> Table:
        return self.recipe.target


def verify(plant: Plant, maker: Maker, table: Table, version: int, choice: Choice) -> Outcome:
    """Compute what is asked for of a version again, from its sources as they were, and compare every bit.

    Nothing is written. A source that is gone at its version leaves the comparison out, and is named.
    """
    recipe = recipe_of(maker, plant, table.name)
    build = build_of(plant.lake, table, version) if recipe.sources else Build(version, CommitMetadata())
    if build is None or (recipe.sources and not build.metadata.built_from):
        return Outcome(table.name, version, Verdict.CANNOT, notes=("no commit says which versions it follows from",))
    known, then = plant_then(plant, recipe, build)
    target = LakeThen(plant.lake, {table.name: version})
    try:
        recipe = recipe_of(maker, known, table.name)
        then.unrecorded.clear()  # what was read to declare the tables beside it
        return _compared(_Asked(plant, version, recipe, build, then, target), choice)
    except UNREADABLE as error:
        lost = gone(plant.lake, target, (table,)) or gone(plant.lake, then, recipe.sources)
        return unreadable(table, version, error, lost)


def _compared(asked: _Asked, choice: Choice) -> Outcome:
    chosen, stored, parts = _dates(asked, choice)
    if not parts[0] and parts[1]:
        return Outcome(asked.table.name, asked.version, Verdict.CANNOT, parts, notes=(_no_date(asked, choice),))
    found = compared(asked.target, asked.table)
    for part in built_again(asked.then, asked.target, asked.recipe, asked.build.metadata, chosen):
        found.add(part, asked.table)
    if asked.table.name == _FEATURES:
        _check_leaks(asked, found)
    outcome = Outcome(
        asked.table.name, asked.version, Verdict.EQUAL, parts, found.rows, found.count, tuple(found.named),
        tuple(found.notes),
    )  # fmt: skip
    return _explained(outcome, asked, stored)


def _dates(asked: _Asked, choice: Choice) -> tuple[list[date], Sequence[date | None], tuple[int, int]]:
    """The dates that are compared; those of them that have rows, None for a whole table; how many, and of how many."""
    if not isinstance(asked.recipe, Recipe):
        return [], [None], (1, 1)
    stored = sorted(map(date.fromisoformat, asked.target.dates(asked.table)))
    possible = possible_dates(asked.then, asked.recipe) if choice.looks_beyond or not stored else ()
    chosen, count = choice.of(stored, possible)
    return chosen, [day for day in chosen if day in set(stored)], (len(chosen), count)


def _no_date(asked: _Asked, choice: Choice) -> str:
    days = sorted(asked.target.dates(asked.table))
    span = "/".join(map(str, choice.span or ()))
    return f"no date of it is in {span}: it has {f'{days[0]} to {days[-1]}' if days else 'none'}"


def _check_leaks(asked: _Asked, found: Compared) -> None:
    """Features of some grid times from what was known then alone, as before every training."""
    try:
        times = check_known_then(replace(asked.plant, lake=asked.target))
    except LeakError as error:
        found.count += 1
        found.notes.append(str(error))
    else:
        found.notes.append(f"{times} grid times come out of what was known then alone")


def _explained(outcome: Outcome, asked: _Asked, dates: Sequence[date | None]) -> Outcome:
    """The verdict, and by which code and rules the version was built where these are others than today's."""
    table, lake = asked.table, asked.plant.lake
    notes, is_equal = list(outcome.notes), not outcome.differences
    notes += code_note(other_code(lake, table, asked.version, dates), is_equal=is_equal)
    if rules := other_rules(asked.then, asked.recipe, asked.build):
        notes.append(f"profile, policy or code have other rules than it was built by: {', '.join(rules)}")
    unknown = sorted(asked.then.unrecorded - {table.name})
    if is_equal or not unknown:
        verdict = Verdict.EQUAL if is_equal else Verdict.DIFFERENT
        return replace(outcome, verdict=verdict, notes=tuple(notes))
    notes.append(f"no commit says at which version it read {', '.join(unknown)}: compared with these as they are now")
    return replace(outcome, verdict=Verdict.CANNOT, notes=tuple(notes))
