"""The report reads a lake and gives back text: no file, no table and no query of it writes anything."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakehouse.lake import Lake
from tests.architecture.sources import imported, module_name, python_files, text

# What a call of that name writes, whatever it is called on.
WRITES = frozenset(
    (
        "write", "writelines", "write_text", "write_bytes", "mkdir", "makedirs", "touch", "unlink", "rmdir", "rename",
        "symlink_to", "hardlink_to", "link", "symlink", "chmod", "truncate", "ftruncate", "rmtree", "copyfile", "copy2",
        "copytree", "move", "save", "savez", "savez_compressed", "tofile", "dump", "to_parquet", "to_csv",
        "write_table", "write_dataset", "write_to_dataset", "write_deltalake", "open_output_stream",
        "NamedTemporaryFile", "TemporaryDirectory", "mkstemp", "mkdtemp", "run", "Popen", "system", "save_table",
    )
)  # fmt: skip
# Methods of a storage that change bytes. Tables are written by `lakehouse.writing`, of which no import is legal.
COMMITS = frozenset(("put", "put_if_absent", "sink", "copy", "sync", "delete", "delete_all", "sweep", "lock"))
# All methods of a lake: they read.
LAKE = frozenset(
    (
        "path", "columns", "storage_of", "exists", "version", "newest_commit", "content_version", "commits",
        "content_commits", "last", "data", "arrow", "by_date", "read", "row_count", "live_files", "dates",
    )
)  # fmt: skip
# All that the report needs of the lakehouse, each of which reads.
READS = {
    "lakehouse.arrow_reading.open_data": "a table's files as a data set",
    "lakehouse.bundle_shelf.SHELF": "a name",
    "lakehouse.bundle_shelf.SUFFIX": "a name",
    "lakehouse.commit_metadata.Audit": "a type",
    "lakehouse.commit_metadata.CommitMetadata": "a type",
    "lakehouse.errors.UsageError": "an error",
    "lakehouse.lake.Lake": "a type; it reads",
    "lakehouse.plant.Plant": "a type",
    "lakehouse.table_lineage.TableVersion": "a type",
    "lakehouse.table_lineage.users": "reads logs",
    "lakehouse.table_lineage.with_batch": "reads logs",
    "lakehouse.publish.docs_site.DOCS": "a name",
    "lakehouse.storage.errors.MissingError": "an error",
    "lakehouse.storage.errors.NoFolderError": "an error",
    "lakehouse.storage.key.Key": "a type",
    "lakehouse.storage.protocol.Storage": "a type; its verbs that change bytes are refused by name",
}
# DuckDB in memory reaches files by these alone; tables that it makes are gone with the connection.
STATEMENTS = re.compile(r"\b(?:COPY|EXPORT|ATTACH|INSTALL|LOAD)\b")
# Methods of lists, texts and arrays have these names too.
SHARED = frozenset(("copy",))


def breaches(path: Path, source: str) -> Iterator[str]:
    """One line for each call, import or statement that may write."""
    for line, name in imported(source, module_name(path)):
        if name.startswith("lakehouse.") and name not in READS:
            yield f"{path}:{line}: {name} is not among what the report reads; if it only reads, add it to READS"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (what := _writes(node)):
            yield f"{path}:{node.lineno}: {what} writes; a job writes what the report renders"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENTS.search(node.value):
            yield f"{path}:{node.lineno}: the query {node.value[:40]!r} writes; the report only selects"


def _writes(call: ast.Call) -> str:
    """The call as its name, where it writes; else nothing."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    is_method = isinstance(call.func, ast.Attribute)
    if name in WRITES or (is_method and name in COMMITS - SHARED):
        return f"{name}()"
    if name in SHARED and isinstance(call.func, ast.Attribute) and _ends_with(call.func.value, ("lake", "storage")):
        return f"{name}()"
    # A path is replaced by one argument, a text by two, a dataclass by names.
    if is_method and name == "replace" and len(call.args) == 1 and not call.keywords:
        return "replace()"
    return f"{name}()" if name == "open" and not _is_for_reading(call, is_method=is_method) else ""


def _ends_with(node: ast.expr, words: tuple[str, ...]) -> bool:
    return getattr(node, "attr", getattr(node, "id", "")) in words


def _is_for_reading(call: ast.Call, *, is_method: bool) -> bool:
    """Whether an `open` says so itself: the mode is left out, or is a text without a letter that writes."""
    place = 0 if is_method else 1
    given = [word.value for word in call.keywords if word.arg == "mode"] + call.args[place : place + 1]
    mode = given[0] if given else ast.Constant("r")
    return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and not set(mode.value) & set("wax+")


def test_a_lake_that_is_handed_in_has_no_method_that_writes() -> None:
    assert {name for name in vars(Lake) if not name.startswith("_")} == LAKE


def test_the_report_writes_nothing() -> None:
    found = [line for path in python_files("report") for line in breaches(path, text(path))]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", sorted(READS))
def test_what_the_report_may_read_is_read(name: str) -> None:
    used = {each for path in python_files("report") for _, each in imported(text(path), module_name(path))}

    assert name in used, f"{name} is read no more: take it from READS"


@pytest.mark.parametrize(
    "source",
    [
        "open('page.html', 'w')",
        "open('page.html', mode='ab')",
        "open('page.html', mode)",
        "path.open('r+')",
        "path.open(mode='x')",
        "path.write_text(page)",
        "path.write_bytes(b'')",
        "folder.mkdir(parents=True)",
        "draft.replace(page)",
        "os.unlink(path)",
        "shutil.rmtree(folder)",
        "np.savez(path, rows=rows)",
        "from lakehouse.writing.linked_files import append_files",
        "from lakehouse.writing.rows import put_rows",
        "from lakehouse.writing.tables import make_table",
        "def later():\n    from lakehouse.writing import replaced_rows",
        "lake.storage.copy(key, other, key)",
        "storage.put_if_absent(key, b'')",
        "storage.delete(key)",
        "subprocess.run(['touch', 'x'])",
        "connection.execute(\"COPY t TO 'x.csv'\")",
        "connection.execute('ATTACH \\'x.db\\'')",
        "from lakehouse.publish.gate import publish",
        "from lakehouse.files.linking import link",
        "def later():\n    from lakehouse.lock import hold",
    ],
)
def test_a_write_is_found(source: str) -> None:
    assert len(list(breaches(Path("report/bad.py"), source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "open('page.html')",
        "open('page.html', 'rb')",
        "path.open(encoding='utf-8')",
        "words.replace('_', ' ')",
        "replace(found, age_h=1.0)",
        "made.append(line)",
        "view.rows('SELECT count(*) FROM gold.predictions')",
        "connection.execute('CREATE TEMP TABLE x AS SELECT 1')",
        "from lakehouse.plant import Plant",
    ],
)
def test_reading_is_left_alone(source: str) -> None:
    assert not list(breaches(Path("report/good.py"), source))
