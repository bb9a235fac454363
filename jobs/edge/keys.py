"""What `assay keys` does: a key is made once, and its public part shown."""

from jobs.edge.signing import check_root, load_key, make_key
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def make(settings: Settings, name: str, *, new_root: bool = False) -> RunReport:
    """Make a key and show its public part; a key that is there is never replaced.

    Args:
        settings: The folder of keys, and the lake.
        name: Of the key.
        new_root: Make it though the lake's bundles were signed by keys that are not in the folder.

    Raises:
        UsageError: The key cannot be made, or the one that is there cannot be used.
    """
    if not new_root:
        check_root(settings.keys, name, settings.lake)
    changed = make_key(settings.keys, name, settings.lake)
    return show(settings, name, changed=changed)


def show(settings: Settings, name: str, *, changed: bool = False) -> RunReport:
    """The public part of a key.

    Raises:
        UsageError: The key is not there, is no Ed25519 key, or others can read or change it.
    """
    key = load_key(settings.keys, name)
    data = {"name": key.name, "public_key": key.public_hex, "key_id": key.key_id, "path": key.path}
    lines = (f"public key  {key.public_hex}", f"key id      {key.key_id}", f"stored in   {key.path}")
    return RunReport("keys", changed=changed, lines=lines, data=data)
