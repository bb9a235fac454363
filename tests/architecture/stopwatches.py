"""What in a test's source depends on how fast the machine is: one finding a place, with what to do instead."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

LEAST_WAIT_S, LEAST_LIFE_S = 60.0, 600.0  # none at all (0) is no wait
STOPWATCHES = frozenset(
    f"{name}{unit}" for name in ("monotonic", "perf_counter", "process_time", "thread_time") for unit in ("", "_ns")
) | {"getrusage", "default_timer", "timeit"}
CLOCKS = frozenset({"now", "utcnow", "time", "time_ns"})
WAITS = frozenset({"wait", "result", "join", "communicate", "get", "settimeout", "alarm", "exception"})
A_LIMIT = re.compile(r"timeout|patience|deadline", re.IGNORECASE)
A_MEASURE = re.compile(r"(?:^|_)(?:seconds|elapsed|took|taken|duration|latency|spent)(?:_|$)", re.IGNORECASE)
# How long a stand-in of another process lives, in Python or in the shell; less than a second is a poll's pause.
A_LIFE = re.compile(r"\bsleep[ (](\d+(?:\.\d+)?)")
Rule = Callable[[ast.AST], str]


def found(path: Path, source: str) -> Iterator[str]:
    """One line for each place of a test that a busy machine may fail."""
    for node in ast.walk(ast.parse(source)):
        for rule in RULES:
            if message := rule(node):
                yield f"{path}:{getattr(node, 'lineno', 0)}: {message}"


def _stopwatch(node: ast.AST) -> str:
    names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else [_name(node)]
    hits = sorted(STOPWATCHES.intersection(names))
    return f"reads a stopwatch ({hits[0]}); count what is done, and let bench/ print seconds" if hits else ""


def _pause(node: ast.AST) -> str:
    is_pause = isinstance(node, ast.Call) and _name(node.func) in ("sleep", "Timer")
    return "sleeps; wait for what shall have happened (tests.support.waiting.wait_for)" if is_pause else ""


def _short_wait(node: ast.AST) -> str:
    if isinstance(node, ast.Assign) and all(A_LIMIT.search(_name(target)) for target in node.targets):
        limits = [node.value]
    elif isinstance(node, ast.Call):
        limits = [word.value for word in node.keywords if A_LIMIT.search(word.arg or "")]
        limits += node.args[:1] if _name(node.func) in WAITS else []
    else:
        return ""
    short = [limit for limit in map(_number, limits) if limit and limit < LEAST_WAIT_S]
    return f"waits for {short[0]:g} s only; take PATIENCE_S (tests.support.waiting)" if short else ""


def _upper_bound(node: ast.AST) -> str:
    """A measured time that has to be below a number."""
    if not isinstance(node, ast.Compare):
        return ""
    sides = [node.left, *node.comparators]
    for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
        less, more = (left, right) if isinstance(operator, ast.Lt | ast.LtE) else (right, left)
        if isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE) and _is_measure(less) and not _is_measure(more):
            return "says how long something may take; count what is done, and let bench/ print seconds"
    return ""


def _difference_of_clocks(node: ast.AST) -> str:
    is_one = (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Sub)
        and any(isinstance(side, ast.Call) and _name(side.func) in CLOCKS for side in (node.left, node.right))
        and not (isinstance(node.right, ast.Call) and _name(node.right.func) == "timedelta")
    )
    return "takes one reading of the clock from another; count what is done" if is_one else ""


def _short_life(node: ast.AST) -> str:
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return ""
    lives = [float(life) for life in A_LIFE.findall(node.value)]
    short = [life for life in lives if 1.0 <= life < LEAST_LIFE_S]
    return f"starts what ends by itself after {short[0]:g} s; let it live {LEAST_LIFE_S:.0f} s" if short else ""


RULES: tuple[Rule, ...] = (_stopwatch, _pause, _short_wait, _upper_bound, _difference_of_clocks, _short_life)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _number(node: ast.expr) -> float | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return float(value) if isinstance(value, int | float) else None


def _is_measure(node: ast.expr) -> bool:
    words = [
        inner.value if isinstance(inner, ast.Constant) else _name(inner)
        for inner in ast.walk(node)
        if not isinstance(inner, ast.keyword)
    ]
    return any(isinstance(word, str) and A_MEASURE.search(word) for word in words)
