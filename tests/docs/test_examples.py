"""The examples in docstrings hold, in every package."""

import doctest
import importlib
from pathlib import Path

import pytest

from tests.architecture.sources import ROOMS, module_name, python_files, text

EXAMPLES = tuple(path for path in python_files(*ROOMS) if ">>> " in text(path))
# Functions that are hard to follow without numbers.
DENSEST = (
    "silver/outcomes.py", "gold/exact.py", "gold/whole_numbers.py", "bronze/readers/json_lines/line_form.py",
)  # fmt: skip


@pytest.mark.parametrize("path", EXAMPLES, ids=str)
def test_the_examples_of_a_module_hold(path: Path) -> None:
    result = doctest.testmod(importlib.import_module(module_name(path)))

    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("name", DENSEST)
def test_what_is_hard_to_follow_has_an_example(name: str) -> None:
    assert Path(name) in EXAMPLES
