"""Work spread over the engine's tasks: shares go out with the code, what came of each comes back as JSON."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import pyarrow as pa

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Item = TypeVar("Item")


Engine: TypeAlias = "Callable[[], SparkSession]"


def spread(engine: Engine, shares: Sequence[Item], work: Callable[[Item], dict[str, Any]]) -> list[dict[str, Any]]:
    """What came of each share, in order; one task for each. A share that is alone is done here, without the engine.

    Args:
        engine: Gives a session, where one is needed.
        shares: What there is to do.
        work: Does one share, in a process of the engine that may be repeated: what it leaves behind bears a name of
            the attempt's own, and counts only where the answer names it. The answer is plain JSON.
    """
    if len(shares) <= 1:
        return [json.loads(json.dumps(work(share))) for share in shares]
    # Numbers of a range are spread one by one; rows dealt by a hash would fall together.
    numbers = engine().range(0, len(shares), 1, len(shares))
    rows = numbers.mapInArrow(_worker(list(shares), work), "number bigint, result string").collect()
    return [json.loads(row["result"]) for row in sorted(rows, key=lambda row: row["number"])]


def _worker(
    shares: Sequence[Item], work: Callable[[Item], dict[str, Any]]
) -> Callable[[Iterator["pa.RecordBatch"]], Iterator["pa.RecordBatch"]]:
    def answer(batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
        for batch in batches:
            numbers = batch.column(0).to_pylist()
            results = [json.dumps(work(shares[number])) for number in numbers]
            yield pa.RecordBatch.from_pydict({"number": numbers, "result": results})

    return answer


def deal(items: Sequence[Item], slots: int, weight: Callable[[Item], int]) -> list[list[Item]]:
    """Groups of about equal weight: the heaviest first, each to the lightest group."""
    count = max(1, min(len(items), slots))
    groups: list[list[Item]] = [[] for _ in range(count)]
    loads = [0] * count
    for item in sorted(items, key=weight, reverse=True):
        lightest = loads.index(min(loads))
        groups[lightest].append(item)
        loads[lightest] += weight(item)
    return groups
