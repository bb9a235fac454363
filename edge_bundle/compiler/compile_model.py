"""A model of a model folder as members of a bundle: compiled where its kind has a compiler, else sealed as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge_bundle.compiler.derived_columns import compile_derived
from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.isolation_forest import compile_isolation_forest
from edge_bundle.compiler.residual_model import compile_residual
from edge_bundle.compiler.xgboost_model import compile_xgboost
from edge_bundle.format import model_scorers
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.errors import BundleError
from edge_bundle.format.manifest import ModelEntry
from edge_bundle.format.missing import MissingRule
from edge_bundle.format.model_blob import FlatModel
from expectations.durations import seconds
from expectations.model_folder.documents import Training
from expectations.model_folder.folder import ModelFolder
from expectations.model_folder.models import IFOREST_DEPTH, PCA_Q, PCA_T2, XGBOOST_DERIVED, XGBOOST_MARGIN, Model

COMPILERS: Mapping[str, Callable[[bytes, int], FlatModel]] = {
    XGBOOST_MARGIN: lambda source, _: compile_xgboost(source),
    IFOREST_DEPTH: compile_isolation_forest,
}
"""By kind: from the trained model's own file and the number of features to a flat model."""

PACKERS: Mapping[str, Callable[[bytes, int], bytes]] = dict.fromkeys((PCA_T2, PCA_Q), compile_residual)
"""By kind: from the same to the bytes that its scorer reads. A kind that is in neither needs no compiler: its files are
sealed as they are."""


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """One model of a bundle.

    Attributes:
        entry: What the manifest says of it.
        model: It, as a gateway loads it.
        files: Its members by path.
    """

    entry: ModelEntry
    model: model_scorers.Model
    files: Mapping[str, bytes]


def compile_model(model: Model, folder: ModelFolder, version: str) -> CompiledModel:
    """A model of the folder of a registered version.

    Raises:
        CompileError: It cannot be compiled exactly, or its kind has no scorer that takes its files.
    """
    if model.kind == XGBOOST_DERIVED:
        return _derived(model, folder, version)
    if model.kind in PACKERS:
        blob = PACKERS[model.kind](folder.source(model), len(folder.features))
        return _loaded(model, folder, version, {f"models/{model.name}.bin": blob})
    compiler = COMPILERS.get(model.kind)
    if compiler is None:
        own = {f"models/{model.name}/{name}": folder.files[name] for name in model.files}
        return _loaded(model, folder, version, own)
    flat = compiler(folder.source(model), len(folder.features))
    path = f"models/{model.name}.fte"
    header = flat.header
    trees = (header.n_trees, header.n_nodes, header.max_depth)
    return CompiledModel(_entry(model, folder, version, (path,), trees), flat, {path: flat.blob})


def _derived(model: Model, folder: ModelFolder, version: str) -> CompiledModel:
    """Trees, and the residual columns behind the row that they split."""
    source = folder.source(model)
    flat, columns = compile_xgboost(source), compile_derived(source, len(folder.features))
    files = {f"models/{model.name}.fte": flat.blob, f"models/{model.name}.drv": columns}
    trees = (flat.header.n_trees, flat.header.n_nodes, flat.header.max_depth)
    return _loaded(model, folder, version, files, trees)


def _loaded(
    model: Model,
    folder: ModelFolder,
    version: str,
    files: Mapping[str, bytes],
    trees: tuple[int, int, int] = (0, 0, 0),
) -> CompiledModel:
    """The model of these members, as its scorer loads it."""
    entry = _entry(model, folder, version, tuple(files), trees)
    try:
        loaded = model_scorers.scorer_of(model.kind).load(entry, list(files.values()), None)
    except BundleError as exc:
        raise SealError(f"no gateway would take model {model.name!r}: {exc}") from exc
    return CompiledModel(entry, loaded, files)


def _entry(
    model: Model, folder: ModelFolder, version: str, paths: tuple[str, ...], trees: tuple[int, int, int]
) -> ModelEntry:
    n_trees, n_nodes, max_depth = trees
    return ModelEntry(
        name=model.name,
        kind=model.kind,
        file=paths[0],
        version=version,
        library=trained_by(folder.training, model.library),
        source_sha256=sha256_hex(folder.source(model)),
        n_features=len(folder.features),
        n_trees=n_trees,
        n_nodes=n_nodes,
        max_depth=max_depth,
        horizon_h=None if model.horizon is None else _hours(model.horizon),
        more_files=paths[1:],
        missing=None if model.missing is None else MissingRule(model.missing.columns, model.missing.usual),
    )


def _hours(horizon: str) -> int | None:
    """None where the horizon is no whole number of hours: rounded, it would be another one."""
    hours, rest = divmod(seconds(horizon), 3600)
    return None if rest else hours


def trained_by(training: Training, library: str) -> str:
    """The library that trained a model and its version, as its training wrote it down: sealing may run on another."""
    version = training.libraries.get(library)
    return f"{library} {version}" if version else f"{library}, version not on record"
