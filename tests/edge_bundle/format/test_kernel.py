from __future__ import annotations

import math
import platform
import struct
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_bundle.format.errors import KernelError, RowError
from edge_bundle.format.kernel import Kernel, Scorer, architecture, library_name, load_kernel
from edge_bundle.format.reference_kernel import ReferenceKernel
from tests.support.edge_models import kernel_folder, own_library, sensor_rows, small_models


@pytest.fixture(scope="module", params=["library", "python"])
def scorer(request: pytest.FixtureRequest) -> Scorer:
    loaded = load_kernel(kernel_folder()) if request.param == "library" else ReferenceKernel()
    assert loaded.name == request.param
    return loaded


def test_the_library_of_this_machine_is_chosen_and_says_so() -> None:
    loaded = load_kernel(kernel_folder())

    assert isinstance(loaded, Kernel)
    assert loaded.reason == f"{own_library()} fits this machine"


def test_without_a_library_plain_python_scores_and_says_why(tmp_path: Path) -> None:
    loaded = load_kernel(tmp_path)

    assert loaded.name == "python"
    assert loaded.reason == f"{own_library()} is not there"


def test_a_library_of_another_architecture_falls_back_and_says_why(tmp_path: Path) -> None:
    other = "armv7" if architecture() != "armv7" else "aarch64"
    (tmp_path / own_library()).write_bytes((kernel_folder() / library_name(other)).read_bytes())

    loaded = load_kernel(tmp_path)

    assert loaded.name == "python"
    assert "cannot be loaded here" in loaded.reason


def test_a_file_that_is_no_library_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.so").write_bytes(b"no library")

    with pytest.raises(KernelError, match="cannot be loaded"):
        Kernel(tmp_path / "x.so")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="names what an x86-64 machine is called")
def test_this_architecture_is_named() -> None:
    assert architecture() == "x86_64"


def test_one_row_scores_as_in_a_batch(scorer: Scorer) -> None:
    failure, anomaly, rows, _ = small_models()
    packed = rows.tobytes()

    margins = [scorer.margin(failure, row.tolist()) for row in rows]
    depths = [scorer.depth(anomaly, row.tolist()) for row in rows]

    assert struct.pack("<8f", *margins) == scorer.margins(failure, packed)
    assert struct.pack("<8d", *depths) == scorer.depths(anomaly, packed)


def test_float64_values_are_rounded_to_float32_before_they_are_compared(scorer: Scorer) -> None:
    failure = small_models()[0]
    rows = sensor_rows(4, 50, 5).astype(np.float64) * (1 + 1e-9)

    for row in rows:
        rounded = [float(value) for value in row.astype(np.float32)]
        assert scorer.margin(failure, row.tolist()) == scorer.margin(failure, rounded)


@pytest.mark.parametrize("value", [1e300, -1e300, math.inf, 1e-320, 7], ids=repr)
def test_library_and_python_agree_on_values_beyond_float32(value: Any) -> None:
    failure, anomaly, _, _ = small_models()
    library, python = load_kernel(kernel_folder()), ReferenceKernel()

    assert library.margin(failure, [value] * 5) == python.margin(failure, [value] * 5)
    assert library.depth(anomaly, [value] * 5) == python.depth(anomaly, [value] * 5)


@pytest.mark.parametrize("row", [[], [1.0] * 4, [1.0] * 6, [1.0, 2.0, "3", 4.0, 5.0], [None] * 5], ids=repr)
def test_a_row_that_does_not_fit_is_refused(scorer: Scorer, row: Any) -> None:
    failure, anomaly, _, _ = small_models()

    with pytest.raises(RowError):
        scorer.margin(failure, row)
    with pytest.raises(RowError):
        scorer.depth(anomaly, row)


def test_bytes_that_are_no_whole_rows_are_refused(scorer: Scorer) -> None:
    with pytest.raises(RowError, match="no whole rows"):
        scorer.margins(small_models()[0], bytes(21))


def test_a_model_of_the_other_kind_is_refused(scorer: Scorer) -> None:
    failure, anomaly, rows, _ = small_models()

    for call, model in ((scorer.margin, anomaly), (scorer.depth, failure)):
        with pytest.raises(RowError, match="this model gives"):
            call(model, rows[0].tolist())
    for batch, model in ((scorer.margins, anomaly), (scorer.depths, failure)):
        with pytest.raises(RowError, match="this model gives"):
            batch(model, rows.tobytes())


def test_threads_share_one_library_without_mixing_rows() -> None:
    failure, _, rows, scores = small_models()
    kernel = load_kernel(kernel_folder())
    lists = [row.tolist() for row in rows]
    wrong: list[int] = []

    def score(at: int) -> None:
        wrong.extend(at for _ in range(3000) if kernel.margin(failure, lists[at]) != scores["failure_24h"][at])

    threads = [threading.Thread(target=score, args=(at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
