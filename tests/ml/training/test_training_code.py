"""What a version's name follows from: the code that trains, and no other."""

from pathlib import Path

import pytest

from ml.training.training_code import code_digest, training_sources

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A small package of the same form: training reaches into a sub-package, pictures do not belong to it."""
    files = {
        "ml/__init__.py": "",
        "ml/training/train.py": "from ml.models import forest\nfrom ml.data.dataset import rows\n",
        "ml/data/dataset.py": "def rows():\n    from ml import late\n    return late\n",
        "ml/late.py": "from domain.record import times\n",
        "domain/__init__.py": "",
        "domain/record/times.py": "",
        "domain/alarm.py": "",
        "ml/models/__init__.py": "",
        "ml/models/forest.py": "from . import leaves\n",
        "ml/models/leaves.py": "",
        "ml/models/unused.py": "",
        "report/model_card/plots.py": "from ml.training.train import x\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_sources_are_what_training_reaches_by_imports(copy: Path) -> None:
    assert [path.as_posix() for path in training_sources(copy)] == [
        "domain/__init__.py", "domain/record/times.py",
        "ml/__init__.py", "ml/data/dataset.py", "ml/late.py", "ml/models/__init__.py", "ml/models/forest.py",
        "ml/models/leaves.py", "ml/training/train.py",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["ml/training/train.py", "ml/data/dataset.py", "domain/record/times.py", "ml/models/leaves.py"]
)
def test_a_change_of_training_code_changes_the_digest(copy: Path, name: str) -> None:
    before = code_digest(copy)

    (copy / name).write_text((copy / name).read_text() + "\nchanged = 1\n")

    assert code_digest(copy) != before


@pytest.mark.parametrize("name", ["report/model_card/plots.py", "ml/models/unused.py", "ml/new.py", "domain/alarm.py"])
def test_a_change_of_other_code_does_not(copy: Path, name: str) -> None:
    before = code_digest(copy)

    (copy / name).write_text("changed = 1\n")

    assert code_digest(copy) == before


def test_two_files_of_one_name_that_change_places_change_the_digest(copy: Path) -> None:
    (copy / "ml/models/__init__.py").write_text("a = 1\n")
    before = code_digest(copy)

    (copy / "ml/models/__init__.py").write_text("")
    (copy / "ml/__init__.py").write_text("a = 1\n")

    assert code_digest(copy) != before


def test_pictures_cards_and_registry_are_no_training_code() -> None:
    sources = {path.name for path in training_sources(ROOT)}

    assert {"train.py", "dataset.py", "forest.py", "failure_model.py", "failure_gate.py", "splits.py"} <= sources
    assert not {"plots.py", "card.py", "figures.py", "registry.py", "artifact.py"} & sources
