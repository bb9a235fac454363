"""Records of nested JSON for one plan: decoded one by one, each document alone."""

import json
from collections.abc import Iterable, Iterator

from bronze.readers.plan import ReadPlan
from bronze.readers.record.fields import FieldReader
from bronze.readers.record.outcome import OTHER, Decoded
from domain.record import reasons
from domain.record.canonical import json_text, plain
from domain.record.cells import TEXT
from domain.record.faults import Fault, RecordError
from domain.record.json_documents import OFFSET, PLACE, Documents, is_nested
from domain.record.json_object import json_value
from domain.record.json_table import Table
from domain.record.like_names import renamed_to

_OURS = frozenset((PLACE, OFFSET))


class NestedRecords:
    """Decodes documents; `documents` finds the records in one, `decoded` reads the fields of one."""

    def __init__(self, plan: ReadPlan) -> None:
        mapping = plan.mapping
        self._plan, self._known = plan, plan.known | _OURS | {mapping.blank_where}
        self._texts = texts = [column for column, kind in plan.fields.items() if kind == TEXT]
        times = mapping.time.columns if mapping.time else ()
        columns, cells = mapping.source_columns, plan.cell_columns
        self.documents = Documents(mapping, columns, cells, mapping.ignored, texts, times)
        self._fields = FieldReader(plan, is_text=False)

    def of(self, raw: bytes) -> Iterator[tuple[bytes, Decoded | Fault]]:
        """Each record of a document, with its bytes: of a document with several the record's own, as JSON."""
        try:
            document = json_value(raw)
        except RecordError as exc:
            yield raw, exc.fault
            return
        yield from self.within(document, raw)

    def within(self, document: object, raw: bytes) -> Iterator[tuple[bytes, Decoded | Fault]]:
        """Each record of a decoded document, with its bytes; `raw` are those of the document."""
        if self.documents.has_tables:
            for table in self.documents.tables(document):
                yield from [(raw, table)] if isinstance(table, Fault) else self.of_table(table, range(table.size), raw)
            return
        try:
            found = list(self.documents.of(document))
        except RecordError as exc:
            yield raw, exc.fault
            return
        for flat in found:
            content = flat if isinstance(flat, Fault) else self._decoded(flat)
            yield raw if len(found) == 1 or isinstance(flat, Fault) else _bytes_of(flat), content

    def of_table(self, table: Table, numbers: Iterable[int], raw: bytes) -> Iterator[tuple[bytes, Decoded | Fault]]:
        """Some records of a table, each with its bytes; `raw` are those of the document."""
        for number in numbers:
            flat = table.record(number)
            if isinstance(flat, Fault):
                yield table.text(number) if table.rows else raw, flat
            else:
                yield _bytes_of(flat), self._decoded({**flat, PLACE: f"{table.place}[{number}]"})

    def _decoded(self, flat: dict[str, object]) -> Decoded | Fault:
        plan = self._plan
        if plan.mapping.format == "parquet":  # whole numbers may be ids there, as in a column of their own
            whole = {name: flat[name] for name in self._texts if type(flat.get(name)) is int}
            flat = {**flat, **{name: str(value) for name, value in whole.items()}}
        try:
            if self._fields.is_other(flat, self._known):
                return OTHER
        except RecordError as exc:
            return exc.fault
        values, faults = self._fields.read(flat)
        if missing := self._absent(flat):
            if plan.is_wide and None in missing:
                return missing[None]
            faults |= {column: fault for column, fault in missing.items() if column is not None}
        rescued = json_text({name: value for name, value in flat.items() if name not in self._known})
        place = flat.get(PLACE)
        return Decoded(values, faults, rescued, place if isinstance(place, str) else None)

    def _absent(self, flat: dict[str, object]) -> dict[str | None, Fault]:
        """What is absent where a value belongs; under no name where every cell of a row is."""
        cells = self._plan.cell_columns
        if not cells:
            return {}
        if any(column in flat for column in cells):
            return {
                column: Fault(reasons.MISSING_FIELD, f"{column} is not in the record, and {found} is", column)
                for column in (*self._plan.may_lack, *cells)
                if column not in flat and (found := renamed_to(column, flat, self._known)) is not None
            }
        there = ", ".join(repr(name) for name in sorted(flat) if name not in _OURS)
        detail = f"none of {', '.join(cells)} is in the record; it has {there}"[:1000]
        return {None if self._plan.is_wide else cells[0]: Fault(reasons.MISSING_FIELD, detail, cells[0])}


def reads_nested(plan: ReadPlan) -> bool:
    """Whether a plan's records are not the flat objects of its documents."""
    return is_nested(plan.mapping, plan.mapping.source_columns)


def _bytes_of(flat: dict[str, object]) -> bytes:
    known = {name: plain(value) for name, value in flat.items() if name not in _OURS}
    return json.dumps(known, ensure_ascii=False).encode("utf-8", "replace")
