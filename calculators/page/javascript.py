"""The formulas of a calculation in JavaScript, made from their Python source: one text, two languages.

The formulas keep to assignments, conditions, calls and sums over rows, so a translation of these few forms is whole.
What is not among them is refused, never guessed.
"""

import ast
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from calculators.calculations import Calculation

_BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
_COMPARED = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "same"}
_RESERVED = {"case", "new", "default", "with", "in", "of", "var", "let", "const", "function", "this"}


def formulas(calculation: Calculation) -> str:
    """An expression whose value has the functions `calculate` and, where the module has it, `problem`."""
    module = sys.modules[calculation.calculate.__module__]
    return translated(inspect.getsource(module))


def translated(source: str) -> str:
    """The same for the source of a module of formulas.

    Raises:
        TypeError: It uses a form that has no translation.
    """
    body = ast.parse(source).body
    functions = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    lines = [line for node in body for line in _top(node)]
    return "(() => {\n" + "\n".join(lines) + f"\nreturn {{{', '.join(map(_name, functions))}}};\n}})()"


def _top(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.ClassDef() | ast.Expr(ast.Constant()):
            return
        case ast.Assign():
            yield from _statement(node)
        case ast.FunctionDef():
            names = ", ".join(_name(each.arg) for each in node.args.args)
            yield f"function {_name(node.name)}({names}) {{"
            yield from _block(node.body)
            yield "}"
        case _:
            raise _untranslated(node)


def _block(body: Sequence[ast.stmt]) -> Iterator[str]:
    for node in body:
        yield from _statement(node)


def _statement(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Expr(ast.Constant()):
            return
        case ast.Assign(targets=targets, value=ast.Tuple(elts=values)) if isinstance(targets[0], ast.Tuple):
            for name, value in zip(targets[0].elts, values, strict=True):
                yield f"const {_expression(name)} = {_expression(value)};"
        case ast.Assign(targets=[ast.Name(id=name)]):
            yield f"const {_name(name)} = {_expression(node.value)};"
        case ast.Return(value=value) if value is not None:
            yield f"return {_expression(value)};"
        case ast.If():
            yield f"if ({_expression(node.test)}) {{"
            yield from _block(node.body)
            yield "} else {" if node.orelse else "}"
            if node.orelse:
                yield from _block(node.orelse)
                yield "}"
        case _:
            raise _untranslated(node)


def _expression(node: ast.expr) -> str:
    form = _FORMS.get(type(node))
    if form is None:
        raise _untranslated(node)
    return form(node)


def _binary(node: ast.BinOp) -> str:
    if type(node.op) not in _BINARY:
        raise _untranslated(node)
    return f"{_BINARY[type(node.op)]}({_expression(node.left)}, {_expression(node.right)})"


def _unary(node: ast.UnaryOp) -> str:
    if not isinstance(node.op, ast.USub):
        raise _untranslated(node)
    return f"sub(ratio(0n), {_expression(node.operand)})"


def _logical(node: ast.BoolOp) -> str:
    return "(" + (" && " if isinstance(node.op, ast.And) else " || ").join(map(_expression, node.values)) + ")"


def _conditional(node: ast.IfExp) -> str:
    return f"({_expression(node.test)} ? {_expression(node.body)} : {_expression(node.orelse)})"


def _each(node: ast.GeneratorExp) -> str:
    rows = node.generators[0]
    if len(node.generators) > 1 or rows.ifs:
        raise _untranslated(node)
    return f"{_expression(rows.iter)}.map(({_expression(rows.target)}) => ({_expression(node.elt)}))"


def _lambda(node: ast.Lambda) -> str:
    return f"({', '.join(_name(each.arg) for each in node.args.args)}) => ({_expression(node.body)})"


def _comparison(node: ast.Compare) -> str:
    links = []
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, ast.Is) and isinstance(right, ast.Constant) and right.value is None:
            links.append(f"({_expression(left)} === null)")
        elif type(op) in _COMPARED:
            links.append(f"{_COMPARED[type(op)]}({_expression(left)}, {_expression(right)})")
        else:
            raise _untranslated(node)
        left = right
    return "(" + " && ".join(links) + ")"


def _call(node: ast.Call) -> str:
    if not isinstance(node.func, ast.Name):
        raise _untranslated(node)
    name, arguments = node.func.id, ", ".join(map(_expression, node.args))
    keywords = {each.arg: _expression(each.value) for each in node.keywords}
    if name == "max" and set(keywords) == {"key"}:
        return f"most({arguments}, {keywords['key']})"
    if name[0].isupper() and keywords and not node.args:
        return "{" + ", ".join(f"{key}: {value}" for key, value in keywords.items()) + "}"
    if keywords:
        raise _untranslated(node)
    known = _CALLS.get((name, len(node.args)))
    return known.format(arguments) if known else f"{_name(name)}({arguments})"


def _constant(value: object) -> str:
    if value is None or isinstance(value, bool | str):
        return json.dumps(value)
    if isinstance(value, int):
        return f"ratio({value}n)"
    raise TypeError(f"a constant {value!r} has no translation; legal: whole numbers, texts, None, True, False")


def _attribute(node: ast.Attribute) -> str:
    return f"{_expression(node.value)}.{node.attr}"


def _name(name: str) -> str:
    return f"{name}_" if name in _RESERVED else name


def _untranslated(node: ast.AST) -> TypeError:
    what = f"{type(node).__name__} in line {getattr(node, 'lineno', '?')}"
    return TypeError(f"{what} has no translation; legal: the forms that `calculators/page/javascript.py` lists")


_CALLS = {
    ("Number", 1): "{}",
    ("Number", 2): "div({})",
    ("tuple", 1): "{}",
    ("any", 1): "{}.some(Boolean)",
    ("len", 1): "ratio(BigInt({}.length))",
}
_FORMS: Mapping[type[ast.expr], Callable[[Any], str]] = {
    ast.Name: lambda node: _name(node.id),
    ast.Attribute: _attribute,
    ast.Constant: lambda node: _constant(node.value),
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _logical,
    ast.IfExp: _conditional,
    ast.Compare: _comparison,
    ast.Call: _call,
    ast.Tuple: lambda node: f"[{', '.join(map(_expression, node.elts))}]",
    ast.Starred: lambda node: f"...{_expression(node.value)}",
    ast.GeneratorExp: _each,
    ast.Lambda: _lambda,
}
