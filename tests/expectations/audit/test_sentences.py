"""Our sentences against those that Great Expectations renders."""

import importlib
import re
from typing import Any

import pytest

from expectations.audit.sentences import sentence
from expectations.audit.suite_description import RULE_PREFIX, Check, describe
from expectations.audit.suites import configuration
from expectations.plant.file import load_profile
from expectations.tables.registry import tables


@pytest.fixture(scope="module")
def renderer() -> Any:
    """The library's, loaded by the worker that needs it: 1.5 s that the others save."""
    return importlib.import_module("great_expectations.render.renderer.inline_renderer").InlineRenderer


def _rendered(check: Check, renderer: Any) -> str:
    """The library's sentence; between the values of a list it puts a blank, ours a comma too."""
    summary = renderer(render_object=configuration(check)).get_rendered_content()[0].to_json_dict()["value"]
    pieces = re.split(r"\$(\w+)", summary["template"])
    values = {name: str(parameter["value"]) for name, parameter in summary["params"].items()}
    words = [values[text] if place % 2 else ", " if text == " " else text for place, text in enumerate(pieces)]
    return "".join(words)


@pytest.mark.parametrize("plant", ["simulated", "azure_pdm", "xep_factory"])
def test_every_check_is_said_as_the_library_says_it(plant: str, renderer: Any) -> None:
    checks = {
        str(check.arguments): check
        for table in dict(tables(load_profile(plant))).values()
        for check in describe(table)
        if not check.arguments.get("column", "").startswith(RULE_PREFIX)
    }

    different = [
        check for check in checks.values() if "".join(p.text for p in sentence(check)) != _rendered(check, renderer)
    ]

    assert len(checks) > 100
    assert not different
