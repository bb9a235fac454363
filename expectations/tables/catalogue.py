"""The catalogue of a plant's tables, in Markdown. `python -m expectations.tables.catalogue > docs/tables.md`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from expectations.audit.row_rules import row_rules
from expectations.audit.suite_description import suite_hash
from expectations.codes import CODE_SETS, CodeSet
from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from expectations.tables.contract import LAYERS, Column, Rule, Severity, Table
from expectations.tables.registry import tables

SHOWN_PLANT = "simulated"
_PARTS = Path(__file__).parent / "catalogue_parts"


def render_catalogue(profile: Profile) -> str:
    """Every table of the plant: meaning, columns with units, key, partitions, rules, freshness. Ends in a newline."""
    known = tables(profile).values()
    parts = [_introduction(profile), *(_contents([t for t in known if t.layer == layer]) for layer in LAYERS)]
    parts += [
        (_PARTS / f"{name}.md").read_text(encoding="utf-8").rstrip() for name in ("reading", "joins", "questions")
    ]
    parts += [_legal_values(profile), "## Columns and rules"]
    return "\n\n".join((*parts, *(_section(table) for table in known))) + "\n"


def _introduction(profile: Profile) -> str:
    return (
        "# Tables\n\n"
        "Made by `python -m expectations.tables.catalogue > docs/tables.md`; a test keeps it in step.\n"
        f"Columns of wide tables follow from the plant's profile; shown is `{profile.name}`. Times are UTC.\n\n"
        "A broken rule of severity *fail* leaves the table at the version it had. One of severity *quarantine* sets\n"
        "the row aside before (the faults of the quarantine tables); a batch that still holds such a row is refused.\n"
        "*warn* is reported.\n"
        f"The newest content of a table may be {_hours(profile.freshness_s)} old at a check (`gold.freshness`); "
        "beyond it `assay quality` refuses."
    )


def _contents(found: Sequence[Table]) -> str:
    rows = (f"| [{table.name}](#{_anchor(table)}) | {_cell(table.description)} |" for table in found)
    return "\n".join((f"## {found[0].layer.capitalize()}", "", "| table | meaning |", "|---|---|", *rows))


def _legal_values(profile: Profile) -> str:
    """Every closed set of codes, and what of the open ones the profile names."""
    named = ", ".join(f"`{code}` ({rule.kind})" for rule in profile.features.events for code in rule.codes)
    parts = [
        "## Legal values",
        "Columns that hold one of a closed set of codes. A test keeps these lists in step with what the code writes.",
        *(_code_set(codes) for codes in CODE_SETS),
        "**`silver.machine_events.code`**",
        "What the sources send, so the set is open: component, failure mode or error code. Those that the profile "
        f"counts as features: {named or 'none'}.",
    ]
    return "\n\n".join(parts)


def _code_set(found: CodeSet) -> str:
    rows = (f"| `{code}` | {_cell(meaning)} |" for code, meaning in found.codes.items())
    return "\n".join((f"**{_names(found.columns)}**", "", "| code | meaning |", "|---|---|", *rows))


def _section(table: Table) -> str:
    facts = [
        ("Key", _names(table.key) or "none"),
        ("Partitions", _names(table.partition_by) or "none"),
        ("Freshness", f"newest `{table.newest_by}`" if table.newest_by else "not checked"),
        ("Old versions retained", f"{table.retention_days} days"),
        ("Suite", f"`{suite_hash(table)}`"),
    ]
    columns = "\n".join(
        ("| column | type | unit | null | meaning |", "|---|---|---|---|---|", *(_column(c) for c in table.columns))
    )
    parts = (f"### {table.name}", f"{table.description}.", "\n".join(f"- {k}: {v}" for k, v in facts), columns)
    rules = row_rules(table)
    tables_ = [_rules(rules)] if rules else []
    tables_ += [_faults(table.faults)] if table.faults else []
    return "\n\n".join((*parts, *tables_))


def _column(column: Column) -> str:
    null = "yes" if column.nullable else "no"
    return f"| `{column.name}` | {column.type} | {_cell(column.unit)} | {null} | {_cell(column.description)} |"


def _rules(rules: Sequence[Rule]) -> str:
    rows = (f"| `{rule.code}` | {rule.severity} | {_cell(rule.description)} |" for rule in rules)
    return "\n".join(("| rule | severity | holds for good rows |", "|---|---|---|", *rows))


def _faults(faults: Sequence[tuple[str, str]]) -> str:
    rows = (f"| `{code}` | {Severity.QUARANTINE} | {_cell(meaning)} |" for code, meaning in faults)
    return "\n".join(("| fault | severity | what brings a row here |", "|---|---|---|", *rows))


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _anchor(table: Table) -> str:
    """Where Markdown readers put a heading: without its dot."""
    return table.name.replace(".", "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:g} h"


if __name__ == "__main__":
    sys.stdout.write(render_catalogue(load_profile(SHOWN_PLANT)))
