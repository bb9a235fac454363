"""What an installation holds: the cases are data of the package."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import REPO, tracked

pytest.importorskip("setuptools", reason="setuptools builds what pip installs; it is not in this environment")
BUILD = "from setuptools import setup; setup(script_args=['-q', 'build', '--build-lib', 'built'])"


def test_an_installation_holds_every_file_of_the_package(tmp_path: Path) -> None:
    ours = [path for path in tracked() if path.parts[0] == "calculators"]
    for path in (*ours, Path("pyproject.toml"), Path("README.md")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((REPO / path).read_bytes())

    subprocess.run([sys.executable, "-c", BUILD], cwd=tmp_path, check=True, capture_output=True)

    built = {path.relative_to(tmp_path / "built") for path in (tmp_path / "built").rglob("*") if path.is_file()}
    assert len([path for path in ours if path.suffix == ".toml"]) >= 8
    assert set(ours) == built
