"""The examples in the docstrings hold."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import ml

PACKAGE = Path(ml.__file__).parent
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if ">>>" in path.read_text("utf-8"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_module_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"ml.{name}"))

    assert result.attempted > 0
    assert result.failed == 0
