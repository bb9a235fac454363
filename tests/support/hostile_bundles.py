"""Bundles of the right key that no honest trainer would seal: a legal one, altered at random, and signed again."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Mapping
from typing import Any

from edge_bundle.format import archive, canonical_json, model_blob
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.errors import BundleError
from edge_bundle.format.golden import score_rows
from edge_bundle.format.pipeline import PIPELINE_PATH
from edge_bundle.format.reference_kernel import ReferenceKernel
from edge_bundle.format.signatures import SIGNED_PREFIX
from tests.support.edge_models import SIGNING_KEY, TRUSTED

MANIFEST = "manifest.json"
_NUMBERS = (0, 1, -1, 2, 7, 59, 60, 61, 255, 256, 3600, 86_400, 2**31 - 1, 2**31, 2**32, 2**53 - 1, -(2**53) + 1)
_FLOATS = (0.0, -0.0, 1.0, -1.0, 5e-324, 2.3e-308, 1e-18, 1e-9, 1e9, 1e15, 2.0**53, 3.4e38, 1e300, -1e300)
_TEXTS = (
    *(
        "",
        " ",
        "\0",
        "x" * 200,
        "x" * 5000,
        "\u00e9\u4e2d\U0001f600",
        "{",
        "}",
        "{}",
        "{machine_id}",
        "{metric}",
        "{code}",
    ),
    *("{sensor_id}", "{machine_id!r:>99999999}", "{0}", "../../etc/passwd", "/", "*", "[", "[z-a]", "**/*.csv", ";;"),
    *(
        "\n",
        '"',
        "UTC",
        "Europe",
        "Europe/Berlin",
        "Etc/../UTC",
        "local",
        "epoch",
        "zoned",
        "s",
        "readings",
        "machines",
    ),
    *(
        "failures",
        "csv",
        "jsonl",
        "long",
        "wide_by_metric",
        "wide_by_machine",
        "window",
        "slope",
        "event_count",
        "level",
    ),
    *("attribute", "alarm", "anomaly", "safe_stop", "temperature", "C", "failure_24h", "platt", "isotonic", "99.99.99"),
    *("2026-01-02T03:04:05Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "roles.x", "models/anomaly.flat"),
)


def parts(bundle: bytes) -> dict[str, bytes]:
    """Every member by path, the leaders included."""
    return {member.path: bundle[member.start : member.end] for member in archive.members(bundle)}


def sealed_again(members: Mapping[str, bytes]) -> bytes:
    """The members under a signature that holds, whatever they say; digests and sizes are the manifest's affair."""
    signature = SIGNING_KEY.sign(SIGNED_PREFIX + members[MANIFEST])
    return archive.pack({**members, "manifest.sig": TRUSTED + signature})


def stated(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The members with a manifest that states their sizes and digests, as far as it speaks of them."""
    manifest = json.loads(members[MANIFEST])
    files = manifest.get("files")
    for path, entry in files.items() if isinstance(files, dict) else ():
        if isinstance(entry, dict) and path in members:
            entry.update(size=len(members[path]), sha256=sha256_hex(members[path]))
    return {**members, MANIFEST: canonical_json.dumps(manifest)}


def hostile(bundle: bytes, seed: int) -> bytes:
    """The bundle with one to four alterations, signed by the right key; the same seed gives the same one."""
    rng = random.Random(seed)
    members = parts(bundle)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        path = rng.choice((MANIFEST, PIPELINE_PATH, PIPELINE_PATH, _blob_path(members, rng)))
        alter = _alter_blob if path.startswith("models/") else _alter_document
        members = alter(members, path, rng)
    return sealed_again(stated(members) if rng.random() < 0.97 else members)


def _blob_path(members: Mapping[str, bytes], rng: random.Random) -> str:
    return rng.choice(sorted(path for path in members if path.startswith("models/")))


# Documents ---------------------------------------------------------------------------------------------------------


def _alter_document(members: Mapping[str, bytes], path: str, rng: random.Random) -> dict[str, bytes]:
    document = json.loads(members[path])
    places = list(_places(document))
    holder, at = rng.choice(places)
    action = rng.choice(("value", "value", "value", "remove", "copy", "many", "rename"))
    if action == "value":
        holder[at] = _alike(holder[at], rng) if rng.random() < 0.6 else _value(rng)
    elif action == "remove":
        del holder[at]
    elif action == "copy":
        other, other_at = rng.choice(places)
        holder[at] = json.loads(json.dumps(other[other_at]))
    elif action == "many":
        holder[at] = _many(holder[at], rng)
    elif isinstance(holder, dict):
        holder[rng.choice(_TEXTS)] = holder.pop(at)
    try:
        return {**members, path: canonical_json.dumps(document)}
    except BundleError:
        return dict(members)  # deeper than any document can be written


def _places(value: Any) -> Any:
    """Every (holder, key) below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        yield from _places(item)


def _alike(value: Any, rng: random.Random) -> Any:
    """Another value of the same type, which gets further."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return rng.choice((_number(rng), value + 1, value - 1, value * 2, -value, value // 2))
    if isinstance(value, str) and value.lstrip("-").startswith("0x"):
        return _real(rng)
    if isinstance(value, str):
        return rng.choice((*_TEXTS, value + value[:1], value[:-1]))
    return list(reversed(value)) if isinstance(value, list) else value


def _number(rng: random.Random) -> int:
    return rng.choice((*_NUMBERS, rng.randrange(-(2**53) + 1, 2**53)))


def _real(rng: random.Random) -> str:
    """As text; of infinity and NaN too, which are refused."""
    return float(rng.choice((*_FLOATS, rng.uniform(-1e3, 1e3), struct.unpack("<d", rng.randbytes(8))[0]))).hex()


def _value(rng: random.Random) -> Any:
    number, text = _number(rng), _real(rng)
    return rng.choice((number, text, rng.choice(_TEXTS), None, True, [], {}, [number], {"a": text}, [[[[[]]]]]))


def _many(value: Any, rng: random.Random) -> Any:
    """The same, often: many items, a long text, a number of many digits."""
    count = rng.choice((2, 70, 300, 3000))
    if isinstance(value, list):
        return (value or [None]) * count
    if isinstance(value, dict):
        first = next(iter(value.values()), "")
        return {**value, **{f"k{number}": first for number in range(count)}}
    return value * count if isinstance(value, str) else count


# Models ------------------------------------------------------------------------------------------------------------


def _alter_blob(members: Mapping[str, bytes], path: str, rng: random.Random) -> dict[str, bytes]:
    """Bytes anywhere, or floats of nodes; where it is still a model the golden scores are made its own."""
    blob = bytearray(members[path])
    for _ in range(rng.choice((1, 1, 2, 5))):
        if rng.random() < 0.5:
            blob[rng.randrange(len(blob))] = rng.randrange(256)
        else:
            at = rng.randrange(0, len(blob) - 4, 4)
            blob[at : at + 4] = struct.pack("<f", rng.choice((1e30, -1e30, 3e38, 1e-40, 0.0, rng.gauss(0, 100))))
    changed = {**members, path: bytes(blob)}
    return _with_own_golden(changed, path) if rng.random() < 0.9 else changed


def _with_own_golden(members: dict[str, bytes], path: str) -> dict[str, bytes]:
    name = path.removeprefix("models/").partition(".")[0]
    scores = f"golden/{name}.{'f64' if name == 'anomaly' else 'f32'}"
    try:
        model = model_blob.parse(members[path])
        return {**members, scores: score_rows(ReferenceKernel(), model, members["golden/rows.f32"])}
    except (BundleError, OverflowError, struct.error):
        return members
