from __future__ import annotations

import json
import platform
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from edge_bundle.compiler.errors import KernelBuildError
from edge_bundle.compiler.isolation_forest import compile_isolation_forest
from edge_bundle.compiler.kernel import build
from edge_bundle.compiler.residual_model import compile_residual
from edge_bundle.compiler.xgboost_model import compile_xgboost
from edge_bundle.format.kernel import ARCHITECTURES, KERNEL_ABI, library_name
from edge_bundle.format.model_blob import FlatModel
from ml.models.pca import fit_pca, projection_bytes
from tests.support.edge_models import (
    awkward_rows,
    forest_npz,
    kernel_folder,
    native_depths,
    native_margins,
    sensor_rows,
    split_thresholds,
    train_booster,
    train_forest,
)

ROWS = sensor_rows(31, 1500, 8)
QEMU = {"aarch64": "qemu-aarch64", "armv7": "qemu-arm", "x86_64": "qemu-x86_64"}
LARGEST_LIBRARY = 10_000


def emulator(arch: str) -> list[str]:
    """The command before a program of ``arch``; skips the test where this machine has none."""
    if platform.machine() == arch:
        return []
    found = shutil.which(QEMU[arch] + "-static") or shutil.which(QEMU[arch])
    if found is None:
        pytest.skip(f"{QEMU[arch]} is not installed (Debian package qemu-user-static)")
    return [found]


@pytest.fixture(scope="module", params=ARCHITECTURES)
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    command = emulator(request.param)
    return [*command, str(build.build_runner(tmp_path_factory.mktemp("runner"), request.param))]


def run(runner: list[str], blob: bytes, rows: bytes, count: int) -> subprocess.CompletedProcess[bytes]:
    request = struct.pack("<QQ", len(blob), count) + blob + rows
    return subprocess.run(runner, input=request, capture_output=True, check=False)


def scored(runner: list[str], model: FlatModel, rows: np.ndarray) -> bytes:
    result = run(runner, model.blob, rows.tobytes(), len(rows))
    assert result.returncode == 0
    return result.stdout


def test_every_architecture_gives_the_margins_of_xgboost_in_every_bit(runner: list[str]) -> None:
    booster = train_booster(ROWS, rounds=25)
    rows = awkward_rows(ROWS, split_thresholds(booster))
    model = compile_xgboost(bytes(booster.save_raw("json")))

    assert scored(runner, model, rows) == native_margins(booster, rows).astype("<f4").tobytes()


def denormal_booster() -> xgb.Booster:
    """A trained booster whose thresholds and leaves were scaled to denormals, sum and all."""
    document = json.loads(train_booster(ROWS, rounds=9).save_raw("json"))
    document["learner"]["learner_model_param"]["base_score"] = "[5E-1]"
    for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
        tree["split_conditions"] = [float(np.float32(value * 1e-41)) for value in tree["split_conditions"]]
    return xgb.Booster(model_file=bytearray(json.dumps(document).encode()))


def test_every_architecture_keeps_denormal_thresholds_and_leaves(runner: list[str]) -> None:
    booster = denormal_booster()
    model = compile_xgboost(bytes(booster.save_raw("json")))
    rows = (ROWS * np.float32(1e-41)).astype(np.float32)
    expected = native_margins(booster, rows)
    assert np.all(np.abs(expected) < np.finfo(np.float32).tiny)
    assert len(np.unique(expected)) > 3

    assert scored(runner, model, rows) == expected.astype("<f4").tobytes()


def test_every_architecture_gives_the_path_lengths_of_scikit_learn_in_every_bit(runner: list[str]) -> None:
    forest = train_forest(ROWS, trees=25)
    model = compile_isolation_forest(forest_npz(forest), ROWS.shape[1])

    assert scored(runner, model, ROWS) == native_depths(forest, ROWS).astype("<f8").tobytes()


@pytest.mark.parametrize("statistic", ["t2", "q"])
def test_every_architecture_gives_the_residuals_of_training_in_every_bit(runner: list[str], statistic: str) -> None:
    columns = np.array([0, 2, 3, 5, 7], dtype=np.int32)
    projection = getattr(fit_pca(ROWS.astype(np.float64), columns, 0.8), statistic)
    rows = awkward_rows(ROWS, np.array([], np.float32))
    blob = compile_residual(projection_bytes(projection), ROWS.shape[1])

    result = run(runner, blob, rows.tobytes(), len(rows))

    assert result.returncode == 0
    assert result.stdout == projection.scores(rows.astype(np.float64)).astype("<f8").tobytes()
    assert run(runner, blob[:-8], b"", 0).returncode == 2
    assert run(runner, blob + bytes(8), b"", 0).returncode == 2


def test_the_runner_refuses_damaged_and_cut_off_input(runner: list[str]) -> None:
    model = compile_isolation_forest(forest_npz(train_forest(ROWS, trees=2)), ROWS.shape[1])

    assert run(runner, model.blob[:-1], b"", 0).returncode == 2
    assert run(runner, b"\0" * 64, b"", 0).returncode == 2
    assert run(runner, model.blob, b"\0" * 31, 1).returncode == 1


def test_libraries_are_the_same_bytes_when_built_elsewhere(tmp_path: Path) -> None:
    again = build.build_kernels(tmp_path / "some" / "other folder")

    assert set(again) == set(ARCHITECTURES)
    for arch, path in again.items():
        assert path.name == library_name(arch)
        assert path.read_bytes() == (kernel_folder() / path.name).read_bytes()


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_a_library_is_small_and_asks_for_no_other(arch: str) -> None:
    data = (kernel_folder() / library_name(arch)).read_bytes()
    machine = {"x86_64": 62, "aarch64": 183, "armv7": 40}[arch]

    assert data[:4] == b"\x7fELF"
    assert struct.unpack_from("<H", data, 18) == (machine,)
    assert len(data) < LARGEST_LIBRARY
    for foreign in (b"GLIBC", b".so.", b"__aeabi", b"memcpy", b"memset", str(Path.cwd()).encode()):
        assert foreign not in data


def test_the_command_reports_sizes_and_digests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--out", str(tmp_path)]) == 0

    report = json.loads(capsys.readouterr().out)
    assert {name: entry["size"] for name, entry in report.items()} == {
        path.name: path.stat().st_size for path in tmp_path.iterdir()
    }


def test_a_compiler_that_fails_is_an_error_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "FLAGS", (*build.FLAGS, "-fno-such-flag"))

    with pytest.raises(KernelBuildError, match="no-such-flag"):
        build.build_kernels(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_library_and_loader_agree_on_the_interface() -> None:
    assert f"#define ABI {KERNEL_ABI}u" in build.SOURCE.read_text()
