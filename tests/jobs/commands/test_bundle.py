"""`assay bundle`: the same champion gives the same file, and no changed byte is trusted."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from edge_bundle.format.bundle import open_bundle
from expectations.mapping.file import load_mappings
from expectations.model_folder.folder import files_sha256
from expectations.plant.file import load_profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold import MODEL_VERSIONS
from jobs import cli
from jobs.edge.pipeline_document import pipeline_of
from jobs.edge.signing import load_key
from jobs.models import registry
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.engine.server import EngineAddress
from lakehouse.errors import GateRefused, UsageError
from lakehouse.plant import Plant
from tests.support.commands import assay, snapshot
from tests.support.model_lake import ROUNDS, clone, model_folder, model_lake, model_settings, put_table, read_folder

pytestmark = pytest.mark.spark


def bundle_of(settings: Settings) -> Path:
    (path,) = (settings.lake / "bundles").iterdir()
    return path


def test_the_bundle_names_its_version_data_features_and_thresholds(champion: Settings) -> None:
    plant = load_plant(champion)
    row = registry.version(plant, str(registry.champion(plant)))
    assert row is not None
    manifest = open_bundle(bundle_of(champion), [load_key(champion.keys).public]).manifest

    assert {entry.name for entry in manifest.models} == {"failure_24h", "anomaly"}
    assert {entry.version for entry in manifest.models} == {row.version}
    assert manifest.trained_on == json.loads(row.data_versions)
    assert [feature.name for feature in manifest.features] == list(
        plant.tables["gold.machine_features"].column_names[4:]
    )
    assert {"alarm", "anomaly"} <= {threshold.name for threshold in manifest.thresholds}
    assert (manifest.version, manifest.build) == ("1.0.0", 1)


def test_the_bundle_holds_the_time_that_is_left_as_the_training_counted_it(champion: Settings) -> None:
    plant = load_plant(champion)
    folder = read_folder(model_folder(plant.lake, str(registry.champion(plant))))
    (counted,) = json.loads(folder["outlook.json"])["outlooks"]
    manifest = open_bundle(bundle_of(champion), [load_key(champion.keys).public]).manifest

    (table,) = manifest.outlooks
    assert (table.model, list(table.knots)) == ("failure_24h", counted["knots"])
    assert len(table.bins) > 1
    for sealed, said in zip(table.bins, counted["bins"], strict=True):
        assert (sealed.earliest_h, sealed.expected_h) == (said["earliest_h"], said["expected_h"])
        assert (sealed.latest_h, sealed.confidence_frac) == (said["latest_h"], said["confidence_frac"])
        assert sealed.episodes == said["episodes"]["total"]
    assert manifest.optional == ("outlooks.bins.episodes",)


def test_a_version_of_before_there_were_tables_is_sealed_without_one(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    plant = load_plant(settings)
    (model_folder(plant.lake, str(registry.champion(plant))) / "outlook.json").unlink()
    register_as_it_is(plant)

    assay(settings, "bundle", "build")

    newest = max((settings.lake / "bundles").iterdir())
    manifest = open_bundle(newest, [load_key(settings.keys).public]).manifest
    assert (manifest.build, manifest.outlooks) == (2, ())


def test_building_again_writes_nothing(champion: Settings) -> None:
    before = snapshot(champion.lake)

    again = assay(champion, "bundle", "build", as_of="2026-05-01T00:00:00Z")

    assert (again.changed, snapshot(champion.lake)) == (False, before)


def test_another_lake_seals_the_same_bytes(champion: Settings, engine: EngineAddress, tmp_path: Path) -> None:
    other = model_settings(tmp_path, engine.remote)
    model_lake(other)
    shutil.copytree(champion.keys, other.keys, dirs_exist_ok=True)
    for words in (("train", *ROUNDS), ("promote",), ("bundle", "build")):
        assay(other, *words)

    assert bundle_of(other).name == bundle_of(champion).name
    assert bundle_of(other).read_bytes() == bundle_of(champion).read_bytes()


def test_verify_proves_signature_members_and_golden_rows(champion: Settings) -> None:
    report = assay(champion, "bundle", "verify", str(bundle_of(champion)))

    assert "golden scores equal, by library" in report.lines[0]
    assert report.data["bytes"] == bundle_of(champion).stat().st_size <= 2_300_000


def test_a_file_that_is_not_there_is_told_before_the_key_that_is_not(tmp_path: Path) -> None:
    settings = Settings(lake=tmp_path / "lake", keys=tmp_path / "keys", plant="azure_pdm")

    with pytest.raises(UsageError, match=r"absent\.assay: No such file; name a bundle's file"):
        assay(settings, "bundle", "verify", str(tmp_path / "absent.assay"))


def test_who_has_no_key_of_his_own_is_told_how_to_name_the_signers(tmp_path: Path) -> None:
    settings = Settings(lake=tmp_path / "lake", keys=tmp_path / "keys", plant="azure_pdm")
    (tmp_path / "some.assay").touch()

    with pytest.raises(UsageError, match=r"no signing key .*, or name the signer's public key with --trusted-key"):
        assay(settings, "bundle", "verify", str(tmp_path / "some.assay"))


def test_show_lists_every_member(champion: Settings) -> None:
    shown = "\n".join(assay(champion, "bundle", "show").lines)

    for path in ("models/failure_24h.fte", "models/anomaly.fte", "features/pipeline.json", "kernel/libassay-armv7.so"):
        assert path in shown


def test_no_changed_byte_is_trusted(champion: Settings, tmp_path: Path) -> None:
    data = bundle_of(champion).read_bytes()
    rng = np.random.default_rng(1)
    places = {0, 511, 512, len(data) // 2, len(data) - 1, *rng.integers(0, len(data), 60).tolist()}
    changed = tmp_path / "changed.assay"
    for place in sorted(places):
        changed.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(GateRefused):
            assay(champion, "bundle", "verify", str(changed))


@pytest.mark.parametrize("cut", [0, 100, -512, -1], ids=["empty", "head", "a block short", "a byte short"])
def test_no_cut_file_is_trusted(champion: Settings, tmp_path: Path, cut: int) -> None:
    (tmp_path / "cut.assay").write_bytes(bundle_of(champion).read_bytes()[:cut])

    with pytest.raises(GateRefused):
        assay(champion, "bundle", "verify", str(tmp_path / "cut.assay"))


def test_refusal_is_exit_code_3(champion: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = bytearray(bundle_of(champion).read_bytes())
    data[-2000] ^= 255
    (tmp_path / "b.assay").write_bytes(data)
    words = ["bundle", "verify", str(tmp_path / "b.assay"), "--json", "--plant", "azure_pdm"]

    code = cli.main([*words, "--lake", str(champion.lake), "--keys", str(champion.keys)])

    assert (code, json.loads(capsys.readouterr().out)["exit_code"]) == (3, 3)


def test_another_key_is_refused(champion: Settings) -> None:
    with pytest.raises(GateRefused, match="trusted keys are needed"):
        assay(champion, "bundle", "verify", str(bundle_of(champion)), "--trusted-key", "ab" * 32)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--trusted-key", "zz"), "64 hexadecimal characters"),
        (("nowhere.assay",), "No such file"),
    ],
    ids=["bad key", "no file"],
)
def test_a_call_that_cannot_be_carried_out_is_told(champion: Settings, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        assay(champion, "bundle", "verify", *words)


def test_a_changed_bundle_on_the_shelf_stops_scoring_and_sealing(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    path = bundle_of(settings)
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    for words in (("score",), ("bundle", "build"), ("bundle", "show")):
        with pytest.raises(UsageError, match=f"bundle {re.escape(path.name)} is refused"):
            assay(settings, *words)


def test_a_damaged_model_folder_is_told(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    plant = load_plant(settings)
    shutil.rmtree(model_folder(plant.lake, str(registry.champion(plant))))

    with pytest.raises(UsageError, match="is no model folder"):
        assay(settings, "bundle", "build")


def register_as_it_is(plant: Plant) -> None:
    """Let the registry say of the champion's folder what it holds now."""
    (row,) = plant.lake.arrow(MODEL_VERSIONS).to_pylist()
    digest = files_sha256(read_folder(model_folder(plant.lake, row["version"])))
    changed = pa.Table.from_pylist([{**row, "artifact_sha256": digest}], schema=arrow_schema(MODEL_VERSIONS))
    put_table(plant, MODEL_VERSIONS.name, changed)


@pytest.mark.parametrize("name", ["anomaly.npz", "failure_24h.json", "thresholds.json", "golden.npz"])
def test_a_changed_model_folder_is_not_sealed(champion: Settings, tmp_path: Path, name: str) -> None:
    settings = clone(champion, tmp_path)
    plant = load_plant(settings)
    path = model_folder(plant.lake, str(registry.champion(plant))) / name
    path.write_bytes(path.read_bytes() + b" ")

    with pytest.raises(UsageError, match="is not what was registered as version"):
        assay(settings, "bundle", "build")


def test_a_model_that_does_not_give_its_golden_scores_is_not_sealed(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    plant = load_plant(settings)
    path = model_folder(plant.lake, str(registry.champion(plant))) / "golden.npz"
    arrays = dict(np.load(path))
    arrays["failure_24h"][7] = np.nextafter(arrays["failure_24h"][7], np.float32(9))
    np.savez(path, **arrays)
    register_as_it_is(plant)
    shutil.rmtree(settings.lake / "bundles")

    with pytest.raises(GateRefused, match=r"is not sealed: .* golden scores bit for bit") as refused:
        assay(settings, "bundle", "build")

    assert refused.value.data["reasons"]
    assert not (settings.lake / "bundles").exists()


def test_changed_master_data_is_a_new_build_with_a_grown_patch_number(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    plant = load_plant(settings)
    content = plant.lake.arrow(plant.tables["silver.machines"])
    put_table(plant, "silver.machines", content.slice(0, content.num_rows - 1))

    report = assay(settings, "bundle", "build")

    assert report.data["bundle"] == "azure_pdm@1.0.1+2"
    assert len(list((settings.lake / "bundles").iterdir())) == 2


def test_a_term_is_sealed_and_kept_until_another_is_said(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    key = load_key(settings.keys).public
    assay(settings, "bundle", "build", "--expires", "2031-01-01T00:00:00Z", "--rollback-floor", "2")
    again = assay(settings, "bundle", "build")
    lower = assay(settings, "bundle", "build", "--rollback-floor", "1")

    manifest = open_bundle(max((settings.lake / "bundles").iterdir()), [key]).manifest
    assert (manifest.build, manifest.version) == (2, "1.0.1")
    assert (manifest.expires_at, manifest.rollback_floor) == ("2031-01-01T00:00:00Z", 2)
    assert (again.changed, lower.changed) == (False, False)


def test_a_floor_above_the_bundle_itself_is_not_sealed(champion: Settings, tmp_path: Path) -> None:
    with pytest.raises(GateRefused, match="rollback floor 9; legal is"):
        assay(clone(champion, tmp_path), "bundle", "build", "--rollback-floor", "9")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("build", "--expires", "tomorrow"), "legal: UTC as YYYY-MM-DDTHH:MM:SSZ"),
        (("show", "--rollback-floor", "1"), "are sealed into a bundle, not asked by show"),
    ],
)
def test_a_term_that_cannot_be_sealed_is_told(champion: Settings, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        assay(champion, "bundle", *words)


@pytest.mark.parametrize("plant", ["azure_pdm", "simulated", "xep_factory"])
def test_the_pipeline_document_says_all_that_the_mappings_say(plant: str) -> None:
    mappings = [one for one in load_mappings(plant) if one.device]

    sources = {source.name: source for source in pipeline_of(load_profile(plant), mappings, []).sources}

    for mapping in mappings:
        if mapping.name in sources:
            source = sources[mapping.name]
            assert [(c.column, c.metric, c.unit, c.divisor, c.optional) for c in source.metrics] == [
                (c.column, c.metric, c.unit, c.divisor, c.optional) for c in mapping.metrics
            ]
            assert (source.delimiter, source.machine_of, source.names) == (
                mapping.delimiter,
                mapping.machine_of,
                mapping.names,
            )
            assert set(source.missing) == set(mapping.missing)


def test_a_plant_without_failures_seals_its_anomaly_model(engine: EngineAddress, tmp_path: Path) -> None:
    settings = model_settings(tmp_path, engine.remote)
    model_lake(settings, failing=False)
    for words in (("train", *ROUNDS), ("promote",), ("bundle", "build"), ("bundle", "verify")):
        report = assay(settings, *words)

    manifest = open_bundle(bundle_of(settings), [load_key(settings.keys).public]).manifest
    assert "golden scores equal" in report.lines[0]
    assert [(entry.name, entry.horizon_h) for entry in manifest.models] == [("anomaly", None)]
    assert [threshold.name for threshold in manifest.thresholds] == ["anomaly"]
