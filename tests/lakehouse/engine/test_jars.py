import hashlib
from pathlib import Path

from lakehouse.engine.jars import Jar, pinned_jars


def test_eight_jars_are_pinned_each_by_a_digest() -> None:
    jars = pinned_jars()

    assert len({jar.file_name for jar in jars}) == 8
    assert all(len(bytes.fromhex(jar.sha256)) == 32 for jar in jars)


def test_jar_is_fine_only_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.jar"
    jar = Jar("group", "artifact", "1.0", hashlib.sha256(b"bytes").hexdigest())
    assert jar.fault(path) == f"{path} is not there"

    path.write_bytes(b"bytes")
    assert jar.fault(path) is None

    path.write_bytes(b"other")
    assert "legal: " + jar.sha256 in str(jar.fault(path))
