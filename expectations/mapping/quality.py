"""`[quality]` of a mapping: where the source's quality codes are, and which of them are good."""

from dataclasses import dataclass

from expectations.errors import MappingError, unknown_name
from expectations.plant.toml_reader import Section

PRESETS = ("opc_classic", "opc_ua", "iec_61850")
PLACE = "{column}"
_ABSENT = ("good", "bad")


@dataclass(frozen=True, slots=True)
class QualityRule:
    """Where quality codes are and which are good; what each field means: `domain.record.quality.QualityRule`."""

    column: str
    good: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    accept_uncertain: bool = False
    preset: str = ""
    absent: str = "bad"


def quality_rule(section: Section) -> QualityRule:
    """The rule in a table `[quality]`.

    Raises:
        MappingError: An unknown key, a code that is none, or nothing that is good.
    """
    preset = section.take("preset", str, "")
    if preset and preset not in PRESETS:
        raise MappingError(f"{section.where}: {unknown_name('preset', preset, PRESETS)}")
    absent = section.take("absent", str, "good" if preset == "opc_ua" else "bad")
    if absent not in _ABSENT:
        raise MappingError(f"{section.where}: {unknown_name('absent', absent, _ABSENT)}")
    rule = QualityRule(
        column=section.take("column", str),
        good=_codes(section, "good"),
        uncertain=_codes(section, "uncertain"),
        accept_uncertain=section.take("accept_uncertain", bool, default=False),
        preset=preset,
        absent=absent,
    )
    if not rule.good and not preset:
        raise MappingError(f"{section.where}: nothing is good; name the codes in `good`, or a preset: {PRESETS}")
    section.finish()
    return rule


def _codes(section: Section, key: str) -> tuple[str, ...]:
    return tuple(_code(section, key, item) for item in section.take(key, list, []))


def _code(section: Section, key: str, item: object) -> str:
    """A code as text; a range is two numbers with two dots between."""
    code = ("true" if item else "false") if isinstance(item, bool) else str(item)
    low, dots, high = code.partition("..")
    is_legal = (
        isinstance(item, str | bool | int) and code.strip() and (not dots or (_is_number(low) and _is_number(high)))
    )
    if not is_legal:
        legal = 'legal: a text, a whole number, true, false, or a range such as "192..255"'
        raise MappingError(f"{section.where}: {key} holds {item!r}; {legal}")
    return code


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
