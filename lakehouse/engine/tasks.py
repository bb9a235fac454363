"""Work done by the engine's tasks: items go out with the code, the answer of each comes back as JSON."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import pyarrow as pa

from expectations.errors import ContractError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Item = TypeVar("Item")


Engine: TypeAlias = "Callable[[], SparkSession]"


def run_tasks(engine: Engine, items: Sequence[Item], work: Callable[[Item], dict[str, Any]]) -> list[dict[str, Any]]:
    """The answer for each item, in order; one task for each. A single item is done here, without the engine.

    Args:
        engine: Gives a session, where one is needed.
        items: What the tasks work on.
        work: Does one item, in a process of the engine that may be repeated: what it leaves behind bears a name of
            the attempt's own, and counts only where the answer names it. The answer is plain JSON.

    Raises:
        ContractError: An item cannot be done for what somebody declared; the engine does not try it again.
    """
    if len(items) <= 1:
        return [json.loads(json.dumps(work(item))) for item in items]
    # Numbers of a range go to tasks one by one; rows dealt by a hash would fall together.
    numbers = engine().range(0, len(items), 1, len(items))
    rows = numbers.mapInArrow(_worker(list(items), work), "number bigint, result string").collect()
    return [_done(json.loads(row["result"])) for row in sorted(rows, key=lambda row: row["number"])]


def _answer(item: Item, work: Callable[[Item], dict[str, Any]]) -> dict[str, Any]:
    """What comes back; an error of the engine's own would bring neither its kind nor its words."""
    try:
        return {"done": work(item)}
    except ContractError as exc:
        return {"refused": str(exc)}


def _done(answer: dict[str, Any]) -> dict[str, Any]:
    if "refused" in answer:
        raise ContractError(answer["refused"])
    done: dict[str, Any] = answer["done"]
    return done


def _worker(
    items: Sequence[Item], work: Callable[[Item], dict[str, Any]]
) -> Callable[[Iterator["pa.RecordBatch"]], Iterator["pa.RecordBatch"]]:
    def answer(batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
        for batch in batches:
            numbers = batch.column(0).to_pylist()
            results = [json.dumps(_answer(items[number], work)) for number in numbers]
            yield pa.RecordBatch.from_pydict({"number": numbers, "result": results})

    return answer


def deal(items: Sequence[Item], slots: int, weight: Callable[[Item], int]) -> list[list[Item]]:
    """Groups of about equal weight, each in the order of the items: the heaviest goes first, to the lightest group."""
    count = max(1, min(len(items), slots))
    groups: list[list[int]] = [[] for _ in range(count)]
    weights, loads = [weight(item) for item in items], [0] * count
    for place in sorted(range(len(items)), key=weights.__getitem__, reverse=True):
        lightest = loads.index(min(loads))
        groups[lightest].append(place)
        loads[lightest] += weights[place]
    return [[items[place] for place in sorted(group)] for group in groups]
