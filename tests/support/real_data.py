"""Where the real data sets are; tests that need one skip where it is not on this machine."""

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def real_data(name: str) -> Path:
    """The folder of a set."""
    if not (DATA / name).is_dir():
        pytest.skip(f"the data set ../shared/data/{name} is not on this machine")
    return DATA / name
