"""Contents that came to a path again or to another one, or that a file goes on from: they may rank otherwise then.

Of A, B and A again, A is the latest: its keys are resolved again, and nothing is read.
"""

from collections.abc import Mapping, Sequence

from domain.conflicts import FIRST, LATEST
from expectations.mapping.keep import Keep
from jobs.silver.holdings import holdings
from jobs.silver.limits_in_force import LimitsInForce
from jobs.silver.path_versions import Arrival, by_newest, landed, replaced_readings
from jobs.silver.repaired import repairs
from lakehouse.plant import Plant

Content = tuple[int, str]


def returned_contents(plant: Plant, number: int, by: LimitsInForce) -> list[Content]:
    """(`_batch_id`, `_file_id`) of known contents whose rank a batch changes, by what it found at paths.

    Only files that were known, or go on from known ones, change the rank of earlier records. What other files say
    otherwise is resolved with their own records.
    """
    rows = landed(plant, number, by.keep)
    if not any(one.batch == number and (one.is_tail or not one.is_read) for one in rows):
        return []
    earlier = [one for one in rows if one.batch < number]
    now, before = (
        by_newest(some, replaced_readings(plant, last)) for some, last in ((rows, number), (earlier, number - 1))
    )
    return _with_repairs(plant, number - 1, moved_contents(now, before, by.keep))


def _with_repairs(plant: Plant, until: int, moved: Sequence[Content]) -> list[Content]:
    """The contents, and the repairs of their records: these rank with them, and may have keys of their own."""
    known, files = repairs(plant, until), {file for _, file in moved}
    for file, origin in known.origin.items():  # oldest first: a repair of a repair as well
        if origin in files:
            files.add(file)
    return [*moved, *((known.batch[file], file) for file in known.origin if file in files)]


def moved_contents(now: Sequence[Arrival], before: Sequence[Arrival], keep: Mapping[str, Keep]) -> list[Content]:
    """The contents read before whose records now rank otherwise among others.

    Args:
        now: Every arrival, by the newest readings.
        before: The same before the batch.
        keep: Mapping -> its rule.
    """
    held, held_before = holdings(now), holdings(before)
    return [
        (one.batch, one.file_id)
        for one in before
        if one.is_read and one.file_id in held and one.file_id in held_before
        if held[one.file_id].place != held_before[one.file_id].place
        if not held[one.file_id].is_plain or _ranks_by_time(keep.get(one.mapping, Keep()))
    ]


def _ranks_by_time(keep: Keep) -> bool:
    return bool({LATEST, FIRST} & {keep.rule, *keep.of_metric.values()})
