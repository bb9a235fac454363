"""No module imports itself by way of others, at its top, inside a function or for its types alone."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.sources import ROOMS, imported, module_name, python_files, text

CODE = python_files(*ROOMS, "dags", "setup", "bench")


def graph(sources: Mapping[Path, str]) -> dict[str, set[str]]:
    """What each module imports of the others."""
    ours = {module_name(path) for path in sources}
    return {
        module_name(path): {
            other
            for _, name in imported(source, module_name(path), is_package=path.stem == "__init__")
            if (other := _module(name, ours)) and other != module_name(path)
        }
        for path, source in sources.items()
    }


def _module(name: str, ours: Iterable[str]) -> str | None:
    """The module that a full name is, or is of; None where it is not ours."""
    return name if name in ours else (_module(name.rpartition(".")[0], ours) if "." in name else None)


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    """The modules of one circle, each imported by the next; empty where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_by_way_of_others() -> None:
    found = circle(graph({path: text(path) for path in CODE}))

    assert not found, " is imported by ".join(found)


@pytest.mark.parametrize(
    "of_b",
    [
        "from jobs.a import f",
        "from jobs import a",
        "import jobs.a as other",
        "def g():\n    from jobs.c import h",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from jobs.a import f",
    ],
    ids=["of a name", "of a module", "by another name", "by a third, late", "for types"],
)
def test_a_circle_is_found(of_b: str) -> None:
    sources = {"jobs/a.py": "from jobs.b import g", "jobs/b.py": of_b, "jobs/c.py": "import jobs.a"}

    found = circle(graph({Path(path): source for path, source in sources.items()}))

    assert {"jobs.a", "jobs.b"} <= set(found)


def test_modules_in_order_are_no_circle() -> None:
    sources = {"jobs/a.py": "from jobs.b import g\nimport json", "jobs/b.py": "from jobs.c import h", "jobs/c.py": ""}

    assert graph({Path(path): source for path, source in sources.items()}) == {
        "jobs.a": {"jobs.b"},
        "jobs.b": {"jobs.c"},
        "jobs.c": set(),
    }
    assert circle(graph({Path(path): source for path, source in sources.items()})) == []
