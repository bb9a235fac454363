"""Formulas in JavaScript: what is translated, and what is refused instead of guessed."""

import pytest

from calculators.calculations import CALCULATIONS
from calculators.page.javascript import formulas, translated


@pytest.mark.parametrize("name", list(CALCULATIONS))
def test_every_calculation_translates(name: str) -> None:
    made = formulas(CALCULATIONS[name])

    assert "function calculate(case_)" in made
    assert made.startswith("(() => {")


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("A = Number(1, 2)", "const A = div(ratio(1n), ratio(2n));"),
        ("A, B = Number(0), Number(1)", "const A = ratio(0n);\nconst B = ratio(1n);"),
        ("def f(case):\n    return case.a + 2 * case.b", "return add(case_.a, mul(ratio(2n), case_.b));"),
        ("def f(a):\n    return -1 <= a < 1", "return (le(sub(ratio(0n), ratio(1n)), a) && lt(a, ratio(1n)));"),
        ("def f(a):\n    return a if a is None else 'b'", 'return (((a === null)) ? a : "b");'),
        ("def f(a):\n    return total(x.y for x in a)", "return total(a.map((x) => (x.y)));"),
        ("def f(a):\n    return max(a, key=lambda x: x.y)", "return most(a, (x) => (x.y));"),
        ("def f(a):\n    return Row(name='x', b=a)", 'return {name: "x", b: a};'),
        ("def f(a):\n    if a > 1:\n        return 'b'\n    return 'c'", 'if ((gt(a, ratio(1n)))) {\nreturn "b";\n}'),
    ],
)
def test_a_form_is_translated(source: str, made: str) -> None:
    assert made in translated(source)


@pytest.mark.parametrize(
    "statement",
    [
        "return a // 2",
        "return 0.5",
        "return a[0]",
        "a += 1",
        "return [x for x in a]",
        "return a.b()",
        "return round(a, ndigits=2)",
        "return total(x for x in a if x)",
        "return a in b",
        "return not a",
        "while a:\n        pass",
        "return f'{a}'",
        "for b in a:\n        pass",
    ],
)
def test_any_other_form_is_refused(statement: str) -> None:
    with pytest.raises(TypeError, match="has no translation"):
        translated(f"def f(a, b):\n    {statement}")
