"""What the fields of cases and results are: meaning, unit, what is legal, how many digits are shown."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, field, fields
from fractions import Fraction
from typing import Any, ClassVar, Protocol

from calculators.arithmetic import Number
from calculators.errors import CalculationError

_KEY = "calculators"


class Declared(Protocol):
    """A case, a result, or a row of either: a dataclass whose fields are declared here."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What is legal for a number. Absent bounds do not bind; `below` and `above` exclude the bound itself."""

    above: Number | None = None
    least: Number | None = None
    most: Number | None = None
    is_whole: bool = False
    is_optional: bool = False

    def words(self) -> str:
        """What is legal, in words."""
        kind = "a whole number" if self.is_whole else "a number"
        bounds = [
            f"{word} {_plain(bound)}"
            for word, bound in (("above", self.above), ("at least", self.least), ("at most", self.most))
            if bound is not None
        ]
        return " ".join([kind, " and ".join(bounds)]).rstrip()

    def allow(self, value: Number) -> bool:
        """Whether a value is legal."""
        return not (
            (self.above is not None and value <= self.above)
            or (self.least is not None and value < self.least)
            or (self.most is not None and value > self.most)
            or (self.is_whole and value.denominator != 1)
        )


@dataclass(frozen=True, slots=True)
class Spec:
    """One field. `unit` is that of the name; `row` is the class of its rows; `limits` are absent in results."""

    name: str
    meaning: str
    unit: str = ""
    limits: Limits | None = None
    row: type[Declared] | None = None
    decimals: int = 2
    least_rows: int = 0


def quantity(  # noqa: PLR0913  # each bound is named where it is used
    meaning: str,
    unit: str,
    *,
    above: int | None = None,
    least: int | None = None,
    most: int | None = None,
    is_whole: bool = False,
    default: Number | None = None,
) -> Any:
    """An input: a number with its unit and what is legal."""
    limits = Limits(_exact(above), _exact(least), _exact(most), is_whole=is_whole)
    return _declared(Spec("", meaning, unit, limits), MISSING if default is None else default)


def money(meaning: str, unit: str = "USD", default: Number | None = None) -> Any:
    """An input: an amount or a price, not negative."""
    return quantity(meaning, unit, least=0, default=default)


def share(meaning: str, default: Number | None = None) -> Any:
    """An input: a share between 0 and 1, both included."""
    return quantity(meaning, "frac", least=0, most=1, default=default)


def optional(meaning: str, unit: str) -> Any:
    """An input that may be absent; a number that is not negative."""
    return _declared(Spec("", meaning, unit, Limits(least=Fraction(0), is_optional=True)), None)


def label(meaning: str) -> Any:
    """A text: the name of a row, or a verdict."""
    return _declared(Spec("", meaning), MISSING)


def rows(meaning: str, row: type[Declared], least: int = 1) -> Any:
    """Rows of a case or of a result, each with a name of its own."""
    default = MISSING if least else ()
    return _declared(Spec("", meaning, row=row, least_rows=least), default)


def figure(meaning: str, unit: str, decimals: int = 2) -> Any:
    """A number of a result; a share is shown in per cent, with so many digits behind the point."""
    return _declared(Spec("", meaning, unit, decimals=decimals), MISSING)


def _exact(bound: int | None) -> Number | None:
    return None if bound is None else Fraction(bound)


def _declared(spec: Spec, default: Any) -> Any:
    return field(metadata={_KEY: spec}) if default is MISSING else field(metadata={_KEY: spec}, default=default)


def specs(kind: type[Declared]) -> Iterator[Spec]:
    """The declared fields of a class, in order."""
    for each in fields(kind):
        spec: Spec = each.metadata[_KEY]
        yield Spec(each.name, spec.meaning, spec.unit, spec.limits, spec.row, spec.decimals, spec.least_rows)


def check(case: Declared) -> None:
    """Refuse what cannot be. Called by every case and row when it is made.

    Raises:
        CalculationError: A value of another type, beyond its bounds, or two rows of one name.
    """
    for spec in specs(type(case)):
        value = getattr(case, spec.name)
        if spec.limits is not None:
            _check_number(spec, spec.limits, value)
        elif spec.row is not None:
            _check_rows(spec, value)
        elif not isinstance(value, str) or not value.strip():
            raise CalculationError(f"{spec.name}: got {value!r}; legal: a text; give the {spec.meaning}")


def _check_number(spec: Spec, limits: Limits, value: object) -> None:
    if value is None and limits.is_optional:
        return
    if not isinstance(value, Fraction):
        raise CalculationError(
            f"{spec.name}: got {value!r}; legal: {limits.words()}, exact; give the {spec.meaning} as a number"
        )
    if not limits.allow(value):
        raise CalculationError(
            f"{spec.name}: got {_plain(value)}; legal: {limits.words()}; correct the {spec.meaning}{_in(spec.unit)}"
        )


def _check_rows(spec: Spec, value: tuple[Any, ...]) -> None:
    if len(value) < spec.least_rows:
        raise CalculationError(f"{spec.name}: got no row; legal: at least {spec.least_rows}; add the {spec.meaning}")
    names = [getattr(row, "name", "") for row in value]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if pointed := next((name for name in names if "." in name), ""):
        raise CalculationError(f"{spec.name}: got {pointed!r}; legal: a name without a point; paths are divided by it")
    if twice:
        raise CalculationError(f"{spec.name}: got {twice[0]!r} twice; legal: a name for each row; rename one")


def _in(unit: str) -> str:
    return {"": "", "frac": " (0 to 1)"}.get(unit, f" in {unit}")


def _plain(value: Number) -> str:
    """A bound or input as people write it: a whole number, or its decimal digits."""
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.12g}"
