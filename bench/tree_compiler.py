"""The tree compiler beside our kernel: Treelite reads the model, TL2cgen writes it as C, Zig builds that C.

TL2cgen 1.0.0 says on loading that Treelite is newer than the one it was built with; its margins are compared with
XGBoost's before anything is timed, as a tree compiler's are never equal in bits.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xgboost as xgb

UNITS = 100
"""Files that the trees are split over. Source: measured, one file of 500 trees takes gcc 57 s at -O0, 869 s at -O2."""
TOLERANCE = 1e-4
"""Margins of compiled trees differ by 1.4e-5 at most from XGBoost's: they add the base score last (measured)."""
Margin = Callable[[np.ndarray], np.ndarray]


def is_installed() -> bool:
    """Whether there is a tree compiler for this machine; TL2cgen has wheels for x86-64 only."""
    return all(importlib.util.find_spec(name) for name in ("treelite", "tl2cgen"))


def compiled_margins(booster: xgb.Booster, folder: Path) -> Margin:
    """Margins of a two-dimensional float32 array of rows, by the model compiled to machine code in ``folder``."""
    treelite, tl2cgen = importlib.import_module("treelite"), importlib.import_module("tl2cgen")
    sources, library = folder / "trees", folder / "trees.so"
    model = treelite.frontend.from_xgboost(booster)
    tl2cgen.generate_c_code(model, dirpath=str(sources), params={"parallel_comp": UNITS})
    units = sorted(map(str, sources.glob("*.c")))
    command = [sys.executable, "-m", "ziglang", "cc", "-shared", "-fPIC", "-O2", "-o", str(library), *units, "-lm"]
    subprocess.run(command, check=True)
    predictor = tl2cgen.Predictor(str(library), nthread=1)
    return lambda rows: predictor.predict(tl2cgen.DMatrix(rows), pred_margin=True).reshape(-1)


def interpreted_margins(booster: xgb.Booster) -> Margin:
    """The same by Treelite's interpreter, without a compiler."""
    treelite = importlib.import_module("treelite")
    model = treelite.frontend.from_xgboost(booster)
    return lambda rows: treelite.gtil.predict(model, rows, nthread=1, pred_margin=True).reshape(-1)


def check_close(name: str, margins: np.ndarray, native: np.ndarray) -> None:
    """Refuse to time what computes something else.

    Raises:
        SystemExit: A margin is further from XGBoost's than `TOLERANCE`.
    """
    furthest = float(np.abs(margins - native).max())
    if not furthest <= TOLERANCE:
        raise SystemExit(f"{name}: a margin differs by {furthest:.2g} from XGBoost's, at most {TOLERANCE:g} is legal")
