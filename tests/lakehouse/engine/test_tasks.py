"""Work done by tasks: each item once, answers in order; groups of about the same weight."""

import os
from typing import Any

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from expectations.errors import ContractError, ProfileError
from lakehouse.engine.tasks import deal, run_tasks


def test_items_are_dealt_out_so_that_groups_weigh_the_same_and_keep_their_order() -> None:
    groups = deal([9, 1, 5, 4, 8, 3], 3, int)

    assert groups == [[9, 1], [8, 3], [5, 4]]
    assert deal([7], 4, int) == [[7]]


@pytest.mark.spark
def test_each_item_is_done_once_elsewhere_and_answers_come_in_order(spark: SparkSession) -> None:
    def work(item: list[int]) -> dict[str, Any]:
        return {"sum": sum(item), "pid": os.getpid()}

    answers = run_tasks(lambda: spark, [[1, 2], [3], [], [4, 5, 6]], work)

    assert [answer["sum"] for answer in answers] == [3, 3, 0, 15]
    assert os.getpid() not in {answer["pid"] for answer in answers}


def _no_engine() -> SparkSession:
    message = "no engine is needed"
    raise AssertionError(message)


def test_one_item_is_done_here_without_an_engine() -> None:
    assert run_tasks(_no_engine, [5], lambda item: {"item": item, "pid": os.getpid()}) == [
        {"item": 5, "pid": os.getpid()}
    ]
    assert run_tasks(_no_engine, [], lambda item: {"item": item}) == []


@pytest.mark.spark
def test_an_item_that_fails_says_why(spark: SparkSession) -> None:
    def work(item: int) -> dict[str, Any]:
        message = f"item {item} is broken"
        raise ValueError(message)

    with pytest.raises(PySparkException, match="item 1 is broken"):
        run_tasks(lambda: spark, [1, 1], work)


@pytest.mark.spark
def test_what_somebody_declared_wrong_comes_back_as_it_is_said(spark: SparkSession) -> None:
    def work(item: int) -> dict[str, Any]:
        message = f"rule {item} cannot be computed"
        raise ProfileError(message)

    with pytest.raises(ContractError, match=r"^rule 1 cannot be computed$"):
        run_tasks(lambda: spark, [1, 1], work)
