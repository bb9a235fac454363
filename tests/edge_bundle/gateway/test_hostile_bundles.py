"""A thousand bundles of the right key, altered at random: each is refused with a sentence, or works.

More of them: `python -m tests.support.hostile_run --count 100000`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.errors import LONGEST, BundleError, ManifestError
from edge_bundle.gateway.errors import SourceError, StateError
from tests.edge_bundle.gateway.plants import small_bundle_bytes
from tests.support.edge_models import TRUSTED
from tests.support.hostile_bundles import hostile, parts, sealed_again, stated

ROOT = Path(__file__).resolve().parents[3]
COUNT = 100_000 if os.environ.get("FULL_SUITE") == "1" else 500


def test_hostile_bundles_neither_crash_nor_hang_nor_fill_the_memory() -> None:
    command = [sys.executable, "-m", "tests.support.hostile_run", "--count", str(COUNT), "--seed", "1"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)

    assert done.returncode == 0, done.stderr[-4000:]
    seen = json.loads(done.stdout)
    assert sum(seen.values()) == COUNT
    assert seen["ManifestError"] > 0
    assert seen["worked"] > COUNT // 50  # else they do not get far enough to be hostile


def test_the_same_seed_alters_the_same_and_the_unaltered_one_opens() -> None:
    bundle = small_bundle_bytes()

    assert hostile(bundle, 7) == hostile(bundle, 7) != hostile(bundle, 8)
    assert open_bundle(sealed_again(stated(parts(bundle))), [TRUSTED]).content_sha256


@pytest.mark.parametrize("text", ["x" * 10_000, "a\nb\x1b[31m", "\ud800"], ids=["long", "control", "surrogate"])
def test_a_refusal_is_one_printable_line_whatever_it_quotes(text: str) -> None:
    for error in (BundleError(text), ManifestError(f"before {text} behind"), SourceError(text), StateError(text)):
        assert str(error).isprintable()
        assert len(str(error)) <= 4 * LONGEST
        assert "\n" not in str(error)
