"""The device has the standard library and an older Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.edge_models import TRUSTED, kernel_folder, small_bundle

ROOT = Path(__file__).resolve().parents[3]
FORMAT = ROOT / "edge_bundle" / "format"
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.golden import check_golden
from edge_bundle.format.kernel import load_kernel
bundle = open_bundle(sys.argv[2], [bytes.fromhex(sys.argv[3])])
models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}
print(check_golden(bundle, models, load_kernel(sys.argv[4])).scores)
print(sorted(name for name in sys.modules if "site-packages" in str(getattr(sys.modules[name], "__file__", ""))))
"""


def test_a_bundle_is_opened_and_proved_without_site_packages(tmp_path: Path) -> None:
    (tmp_path / "bundle").write_bytes(small_bundle())
    arguments = [str(ROOT), str(tmp_path / "bundle"), TRUSTED.hex(), str(kernel_folder())]

    result = subprocess.run(
        [sys.executable, "-S", "-I", "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True
    )

    assert result.stdout.split("\n")[:2] == ["16", "[]"]


@pytest.mark.parametrize("path", sorted(FORMAT.glob("*.py")), ids=lambda path: path.name)
def test_the_format_is_written_in_python_3_9(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 9))

    keywords = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    assert keywords.isdisjoint({"slots", "kw_only", "strict"})  # of dataclass and zip, since 3.10
