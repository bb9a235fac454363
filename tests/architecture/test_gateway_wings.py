"""What each wing of the gateway may touch, as far as its imports say it; and what a process has once, and who owns it.

The sentence of a wing is the docstring of its package. A file that needs more is named here, with the reason.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import imported, module_name, python_files, text

ROOM = Path("edge_bundle/gateway")
MODULES = {
    "files": ("fcntl", "gzip", "mmap", "os", "pathlib", "shutil", "tempfile"),
    "database": ("sqlite3",),
    "network": ("asyncio", "http", "select", "socket", "ssl", "urllib"),
    "threads": ("_thread", "concurrent", "multiprocessing", "queue", "threading"),
    "signals": ("atexit", "faulthandler", "resource", "signal"),
    "clock": ("time",),
    "programs": ("ctypes", "subprocess"),
}
EFFECT_OF = {module: effect for effect, modules in MODULES.items() for module in modules}
LOCKS = {"Lock", "RLock"}
"""A lock starts no thread: what uses no more of `threading` has the effect `locks`."""

MAY = {
    "clocks": {"clock"},
    "features": set[str](),
    "input": {"files"},
    "run": {"threads", "signals"},
    "scoring": set[str](),
    "state": {"locks"},
    "state_file": {"files", "database", "locks"},
    "trust": set[str](),
    "uplink": {"files", "locks"},
}
EXCEPTIONS = {
    "clocks/clock.py": ({"files"}, "reads the boot id, which the system has as a file"),
    "input/acknowledgement.py": ({"network"}, "asks whether standard output takes bytes; no socket"),
    "input/stdin_feed.py": ({"network"}, "waits for standard input; no socket"),
    "run/commits.py": ({"files"}, "makes the folder of the state, gives up its reserve"),
    "run/replay.py": ({"files"}, "names the files that `input` reads"),
    "run/vector_file.py": ({"files"}, "writes what somebody asked to see of a run"),
    "state_file/integrity.py": ({"threads"}, "looks through the whole file beside a run; `run` starts and ends it"),
    "trust/admission.py": ({"files"}, "names the folder of the trust file"),
    "trust/loading.py": ({"files"}, "names the bundle's file, which `edge_bundle.format` reads"),
    "trust/trial.py": ({"files", "signals", "clock"}, "tries a library in a child process, and bounds its time"),
    "trust/trust_file.py": ({"files"}, "outlives the state, and so is no part of its file"),
}
RIM = {"__main__.py", "service.py", "embedded.py"}
"""What puts a gateway together: it names folders and catches what the wings raise."""

# (module, name): settings of the whole process.
PROCESS_WIDE = {
    ("csv", "field_size_limit"),
    ("faulthandler", "disable"),
    ("faulthandler", "enable"),
    ("locale", "setlocale"),
    ("logging", "basicConfig"),
    ("os", "chdir"),
    ("os", "environ"),
    ("os", "putenv"),
    ("os", "umask"),
    ("resource", "setrlimit"),
    ("signal", "signal"),
    ("socket", "setdefaulttimeout"),
    ("sqlite3", "register_adapter"),
    ("sqlite3", "register_converter"),
    ("sys", "path"),
    ("sys", "setrecursionlimit"),
    ("sys", "setswitchinterval"),
    ("time", "tzset"),
}
OWNERS = {
    "domain/record/csv_record.py": ({("csv", "field_size_limit")}, "the largest: who cuts lines bounds them"),
    "edge_bundle/gateway/__main__.py": ({("logging", "basicConfig")}, "the process's log"),
    "edge_bundle/gateway/run/stop_signal.py": ({("signal", "signal")}, "called at the rim alone, once"),
    "edge_bundle/gateway/trust/trial.py": (
        {("faulthandler", "disable"), ("resource", "setrlimit"), ("signal", "signal")},
        "in the child process alone",
    ),
}
# What a module may make when it is imported: values that nobody changes.
CONSTANTS = {"AlarmState", "Compatible", "Fault", "JSONDecoder", "Path", "Struct", "TypeVar", "compile", "datetime"}
CONSTANTS |= {
    "bytes",
    "range",
    "tuple",
    "float",
    "frozenset",
    "fromkeys",
    "getLogger",
    "join",
    "machine",
    "object",
    "pack",
    "pow",
    "timedelta",
}
MADE_AT_IMPORT = {
    "edge_bundle/format/ed25519.py": ({"_VERIFIER"}, "the system's function, or ours: it has no state"),
    "edge_bundle/format/ed25519_reference.py": ({"_BASE"}, "the curve's base point, computed"),
    "edge_bundle/format/model_scorers.py": ({"MARGIN", "DEPTH", "DERIVED"}, "functions of a model: they have no state"),
    "edge_bundle/format/typed_document.py": ({"_RULES"}, "what documents demand, which is frozen"),
    "edge_bundle/format/typed_walk.py": ({"_UNIONS"}, "the interpreter's own types"),
    "edge_bundle/gateway/input/interpreter.py": ({"_OWN_MACHINES"}, "a mapping, which is frozen"),
    "edge_bundle/gateway/state_file/salvage.py": ({"_CHECKS"}, "functions of a row"),
}
CHANGED = {
    "edge_bundle/format/kernel.py": (
        {"_LOADED"},
        "the system's loader loads a library once in a process and never lets it go; found by the digest of its bytes",
    ),
    "edge_bundle/format/model_scorers.py": (
        {"_known"},
        "kinds of model are registered before a bundle is loaded; which exist is a property of the program",
    ),
}
CACHES = {
    "edge_bundle/format/kernel.py": "a layout by the number of features",
    "edge_bundle/format/reference_kernel.py": "the columns of a model, which does not change",
    "edge_bundle/format/typed_walk.py": "the fields of a type",
}
CHANGES = {"add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem", "remove"}
CHANGES |= {"setdefault", "update"}
Found = tuple[int, str]


def effects(source: str, module: str) -> Iterator[Found]:
    """Line and effect of every import of a file that has one, and of every look at the system's clock."""
    tree = ast.parse(source)
    names = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and _name(n.value) == "threading"}
    for line, name in imported(source, module):
        top = name.split(".")[0]
        if top == "threading" and names <= LOCKS and name == "threading":
            yield line, "locks"
        elif top in EFFECT_OF:
            yield line, EFFECT_OF[top]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            yield node.lineno, "clock"
        elif isinstance(node, ast.Call) and _name(node.func) == "open":
            yield node.lineno, "files"


def breaches(path: Path, source: str) -> Iterator[str]:
    """One line for each effect that a file's wing may not have."""
    inner = path.relative_to(ROOM)
    if inner.as_posix() in RIM or len(inner.parts) == 1:
        return
    wing = inner.parts[0]
    allowed = MAY[wing] | EXCEPTIONS.get(inner.as_posix(), (set(), ""))[0]
    for line, effect in effects(source, module_name(path)):
        if effect not in allowed:
            yield f"{path}:{line}: {wing} may not touch {effect}"


def process_wide(path: Path, source: str) -> Iterator[str]:
    """One line for each thing of the whole process that a file makes, keeps or changes, but for what it owns."""
    tree = ast.parse(source)
    for found in (_settings, _changes, _caches, _made):
        yield from (f"{path}:{line}: {what}" for line, what in found(path.as_posix(), tree))


def _settings(path: str, tree: ast.Module) -> Iterator[Found]:
    settings = PROCESS_WIDE - OWNERS.get(path, (set(), ""))[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (_name(node.value), node.attr) in settings:
            yield node.lineno, f"{_name(node.value)}.{node.attr} is the whole process's"


def _changes(path: str, tree: ast.Module) -> Iterator[Found]:
    own = {name for node in tree.body for name in _assigned(node)} - CHANGED.get(path, (set(), ""))[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield node.lineno, f"global {', '.join(node.names)}"
        elif isinstance(node, ast.expr) and _changed_name(node) in own:
            yield node.lineno, f"{_changed_name(node)} is of the module, and is changed"


def _caches(path: str, tree: ast.Module) -> Iterator[Found]:
    for node in ast.walk(tree) if path not in CACHES else ():
        for decorator in getattr(node, "decorator_list", ()):
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if _name(called) in {"cache", "lru_cache"}:
                yield decorator.lineno, f"the cache of {getattr(node, 'name', '')} is the whole process's"


def _made(path: str, tree: ast.Module) -> Iterator[Found]:
    known = MADE_AT_IMPORT.get(path, (set(), ""))[0]
    for node in tree.body:
        names, value = set(_assigned(node)) - known, getattr(node, "value", None)
        for call in ast.walk(value) if names and value is not None else ():
            if isinstance(call, ast.Call) and _name(call.func) not in CONSTANTS:
                yield call.lineno, f"{', '.join(names)} is made by {_name(call.func)}() at import"


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _assigned(node: ast.AST) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]


def _changed_name(node: ast.AST) -> str:
    """The name that a statement changes in place: by item, or by a method that changes what it is called on."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
        return node.value.id if isinstance(node.value, ast.Name) else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
        return node.func.value.id if isinstance(node.func.value, ast.Name) else ""
    return ""


def gateway_files() -> list[Path]:
    return [path for path in python_files("edge_bundle") if path.is_relative_to(ROOM)]


def device_files() -> list[Path]:
    """All that runs on the device."""
    return [path for path in python_files("edge_bundle", "domain") if "compiler" not in path.parts]


def test_each_wing_touches_only_what_its_sentence_says() -> None:
    found = [breach for path in gateway_files() for breach in breaches(path, text(path))]

    assert not found, "\n".join(found)


def test_every_wing_has_its_sentence_and_its_line_here() -> None:
    wings = {
        path.parts[2]: text(path) for path in gateway_files() if path.name == "__init__.py" and len(path.parts) > 3
    }

    assert wings.keys() == MAY.keys()
    assert [wing for wing, source in wings.items() if "." not in (ast.get_docstring(ast.parse(source)) or "")] == []


def test_every_exception_is_needed() -> None:
    spare = []
    for name, (allowed, _) in EXCEPTIONS.items():
        path = ROOM / name
        has = {effect for _, effect in effects(text(path), module_name(path))} - MAY[path.parts[2]]
        spare += [f"{name}: {effect}" for effect in allowed - has]

    assert not spare, "\n".join(spare)
    assert [path for path in (*OWNERS, *MADE_AT_IMPORT, *CHANGED, *CACHES) if Path(path) not in python_files()] == []


def test_no_file_of_the_device_has_anything_of_the_whole_process() -> None:
    found = [line for path in device_files() for line in process_wide(path, text(path))]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("name", "source", "breach"),
    [
        ("features/bad.py", "import sqlite3", "features may not touch database"),
        ("features/bad.py", "from threading import Lock", "features may not touch threads"),
        ("features/bad.py", "import threading\nlock = threading.Lock()", "features may not touch locks"),
        ("scoring/bad.py", "def f():\n    import os", "scoring may not touch files"),
        ("scoring/bad.py", "from socket import create_connection", "scoring may not touch network"),
        ("scoring/bad.py", "import time", "scoring may not touch clock"),
        ("scoring/bad.py", "at = datetime.now(timezone.utc)", "scoring may not touch clock"),
        ("scoring/bad.py", "open('file')", "scoring may not touch files"),
        ("state/bad.py", "import sqlite3", "state may not touch database"),
        ("state/bad.py", "import threading\nthreading.Thread()", "state may not touch threads"),
        ("uplink/bad.py", "import signal", "uplink may not touch signals"),
        ("input/bad.py", "from concurrent.futures import ThreadPoolExecutor", "input may not touch threads"),
        ("run/bad.py", "import sqlite3", "run may not touch database"),
        ("trust/bad.py", "import subprocess", "trust may not touch programs"),
    ],
)
def test_a_breach_is_found_and_named(name: str, source: str, breach: str) -> None:
    (found,) = breaches(ROOM / name, source)

    assert breach in found


@pytest.mark.parametrize(
    ("source", "breach"),
    [
        ("_SEEN = {}\ndef f(x):\n    _SEEN[x] = 1", "_SEEN is of the module, and is changed"),
        ("_SEEN = []\ndef f(x):\n    _SEEN.append(x)", "_SEEN is of the module, and is changed"),
        ("_SEEN = {}\ndef f(x):\n    del _SEEN[x]", "_SEEN is of the module, and is changed"),
        ("_CLOCK = SystemClock()", "_CLOCK is made by SystemClock() at import"),
        ("_N: int = 0\ndef f():\n    global _N", "global _N"),
        ("@lru_cache(maxsize=1)\ndef f(): ...", "the cache of f"),
        ("import os\ndef f():\n    os.chdir('/')", "os.chdir is the whole process's"),
        ("import os\ndef f():\n    return os.environ['X']", "os.environ is the whole process's"),
    ],
)
def test_what_is_of_the_whole_process_is_found(source: str, breach: str) -> None:
    (found,) = process_wide(Path("edge_bundle/gateway/scoring/bad.py"), source)

    assert breach in found
