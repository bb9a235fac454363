"""A second key signs a sealed bundle; who trusts one of the two, or asks for both, opens it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from edge_bundle.format.bundle import leaders, open_bundle
from edge_bundle.format.errors import SignatureError
from jobs.edge.signing import load_key
from jobs.runtime.settings import Settings
from lakehouse.errors import GateRefused, UsageError
from tests.support.commands import assay, snapshot
from tests.support.model_lake import clone


@pytest.fixture
def two_keys(sealed_lake: Settings, tmp_path: Path) -> Settings:
    settings = clone(sealed_lake, tmp_path)
    assay(settings, "keys", "make", "--name", "second")
    return settings


def bundle_file(settings: Settings) -> Path:
    (path,) = (settings.lake / "bundles").iterdir()
    return path


def keys_of(settings: Settings) -> list[bytes]:
    return [load_key(settings.keys, name).public for name in ("release", "second")]


def test_a_second_signature_changes_no_signed_byte_and_is_added_once(two_keys: Settings) -> None:
    path = bundle_file(two_keys)
    before = path.read_bytes()
    with pytest.raises(SignatureError, match="2 of the 2"):
        open_bundle(path, keys_of(two_keys), threshold=2)

    first = assay(two_keys, "bundle", "sign", str(path), "--key", "second")
    stamps = snapshot(two_keys.lake)
    again = assay(two_keys, "bundle", "sign", "--key", "second")

    assert (first.changed, again.changed, snapshot(two_keys.lake)) == (True, False, stamps)
    assert leaders(path.read_bytes())[0] == leaders(before)[0]
    assert open_bundle(path, keys_of(two_keys), threshold=2).signers == tuple(keys_of(two_keys))
    for key in keys_of(two_keys):
        open_bundle(path, [key])


def test_a_signed_bundle_goes_on_where_it_lies(two_keys: Settings) -> None:
    assay(two_keys, "score")
    assay(two_keys, "bundle", "sign", "--key", "second")

    assert not assay(two_keys, "bundle", "build").changed
    assert not assay(two_keys, "score").changed
    trusted = [word for key in keys_of(two_keys) for word in ("--trusted-key", key.hex())]
    assert "golden vectors hold" in assay(two_keys, "bundle", "verify", *trusted, "--threshold", "2").lines[0]


def test_who_signs_elsewhere_names_the_key_that_he_trusts(two_keys: Settings, tmp_path: Path) -> None:
    elsewhere = replace(two_keys, keys=tmp_path / "elsewhere")
    elsewhere.keys.mkdir(0o700)
    shutil.copy2(two_keys.keys / "second.pem", elsewhere.keys)
    words = ("bundle", "sign", str(bundle_file(two_keys)), "--key", "second")

    with pytest.raises(UsageError, match="or name the signer's public key with --trusted-key"):
        assay(elsewhere, *words)
    assert assay(elsewhere, *words, "--trusted-key", keys_of(two_keys)[0].hex()).changed


def test_a_bundle_that_does_not_hold_is_not_signed(two_keys: Settings) -> None:
    path = bundle_file(two_keys)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    with pytest.raises(GateRefused):
        assay(two_keys, "bundle", "sign", str(path), "--key", "second")
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sign",), "sign takes --key NAME"),
        (("verify", "--key", "second"), "sign takes --key NAME"),
        (("sign", "--key", "absent"), "no signing key .*absent"),
        (("verify", "--threshold", "0"), "--threshold 0; legal: 1 to 1"),
        (("verify", "--threshold", "2"), "--threshold 2; legal: 1 to 1"),
    ],
    ids=["no key", "key for verify", "absent key", "nobody", "too many"],
)
def test_a_call_that_cannot_be_meant_is_one_sentence(two_keys: Settings, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        assay(two_keys, "bundle", *words)


def test_build_makes_no_key(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)
    wrong = replace(settings, keys=tmp_path / "kyes")

    with pytest.raises(UsageError, match=r"no signing key .*kyes.*; make one with `assay keys make --name release`"):
        assay(wrong, "bundle", "build")
    assert not wrong.keys.exists()
    with pytest.raises(UsageError, match="would be a new root of trust"):
        assay(wrong, "keys", "make")
    assert not wrong.keys.exists()
