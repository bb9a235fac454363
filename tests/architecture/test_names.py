import importlib.util
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import REPO, ROOMS, owners, python_files, tracked

OUR_DISTRIBUTION = "assay-lakehouse"


@pytest.mark.parametrize("room", ROOMS)
def test_import_name_is_the_folder_and_nobody_elses(room: str) -> None:
    spec = importlib.util.find_spec(room)

    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin) == REPO / room / "__init__.py"
    assert set(owners().get(room, [])) <= {OUR_DISTRIBUTION}


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in python_files(*ROOMS)}

    assert not [str(folder) for folder in folders if not (REPO / folder / "__init__.py").is_file()]


def test_tests_are_no_packages() -> None:
    assert not [str(path) for path in python_files("tests") if path.name == "__init__.py"]


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    named = [path for path in python_files() if path.stem in sys.stdlib_module_names and path.stem != "__init__"]

    assert not [str(path) for path in named if path.stem != "__main__"]


def test_no_dag_hides_a_room() -> None:
    stems = {path.stem for path in tracked() if path.parts[0] == "dags" and path.suffix == ".py"}

    assert not stems & {*ROOMS, "dags", "tests", "bench", "setup"}
