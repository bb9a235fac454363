"""Rows of flat JSON objects whose keys differ from line to line, many lines at a time."""

import json
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bronze.readers.columns import typed_rows
from bronze.readers.json_lines.flat_fields import Fields, fields_of, texts_at
from bronze.readers.json_lines.line_form import Lines
from bronze.readers.json_lines.written import is_written
from bronze.readers.plan import ReadPlan
from bronze.readers.shape import SourceRows
from domain.record.canonical import plain

Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
# A whole number that is its own canonical text.
_CANONICAL = r"^(0|-?[1-9][0-9]{0,14})$"
_NULL = "null"


class FieldRows:
    """Reads lines field by field for one plan."""

    def __init__(self, plan: ReadPlan) -> None:
        self._plan = plan
        self._names = [*plan.fields, *sorted(plan.known - plan.fields.keys())]
        self._cells = [self._names.index(column) for column in plan.cell_columns]

    def sources(self, lines: Lines, left: Places) -> Iterator[SourceRows]:
        """Rows of the lines that are plainly in order.

        Args:
            lines: The lines, without an escape.
            left: Their numbers.
        """
        fits, fields = fields_of(lines)
        number = pc.fill_null(pc.index_in(fields.keys, value_set=pa.array(self._names, pa.string())), -1)
        name = number.to_numpy(zero_copy_only=False).astype(np.int64)
        size = int(fits.sum())
        is_null = fields.is_literal & (fields.value[:, 1] - fields.value[:, 0] == len(_NULL)) & _are_null(fields)
        good = self._good(fields, name, is_null, size)
        unknown = np.flatnonzero(name < 0)
        rescued, is_once = _rescued(fields.only(unknown), is_null[unknown], size)
        good &= is_once
        chosen = np.flatnonzero(good)
        # Only of lines that have each key once: a column has then one value a line at most.
        at = np.flatnonzero(good[fields.line] & ~is_null)
        fields, name = fields.only(at), name[at]
        line = (np.cumsum(good) - 1)[fields.line]
        raw = {
            column: _column(fields, np.flatnonzero(name == place), line, len(chosen))
            for place, column in enumerate(self._plan.fields)
        }
        rescued = rescued.take(pa.array(chosen))
        source = typed_rows(raw, rescued, left[fits][good], self._plan) if len(chosen) else None
        if source is not None:
            yield source

    def _good(self, fields: Fields, name: Places, is_null: Flags, size: int) -> Flags:
        """Which lines have each known key once, written as its kind is, and every cell where they have unknown keys."""
        good, plan = np.ones(size, np.bool_), self._plan
        there = np.zeros((len(self._names), size), np.bool_)
        for place, column in enumerate(self._names):
            own = np.flatnonzero(name == place)
            counts = np.bincount(fields.line[own], minlength=size)
            good &= counts <= 1
            there[place] = counts > 0
            if column in plan.fields:
                legal = np.array([is_written(plan, column, is_text) for is_text in (False, True)])
                fits = (legal[fields.is_text[own].astype(np.int64)] & ~fields.is_literal[own]) | is_null[own]
                good[fields.line[own[~fits]]] = False
        if self._cells:
            has_unknown = np.bincount(fields.line[name < 0], minlength=size) > 0
            good &= there[self._cells].all(axis=0) | ~has_unknown
        return good


def _are_null(fields: Fields) -> Flags:
    text = np.frombuffer(fields.data, np.uint8)
    return np.asarray(text[fields.value[:, 0]] == ord("n"), np.bool_)


def _column(fields: Fields, own: Places, line: Places, size: int) -> pa.Array:
    """The values of one key, null for lines without it; `own` are its fields, one a line at most."""
    values = texts_at(fields.data, fields.value[own])
    if len(own) == size:
        return values
    place = np.zeros(size, np.int64)
    place[line[own]] = np.arange(len(own))
    absent = np.ones(size, np.bool_)
    absent[line[own]] = False
    return values.take(pa.array(place, mask=absent))


def _rescued(unknown: Fields, is_null: Flags, size: int) -> tuple[pa.Array, Flags]:
    """For each line the canonical JSON of its unknown fields, and whether no key of them is there twice."""
    is_once = np.ones(size, np.bool_)
    if not len(unknown.line):
        return pa.nulls(size, pa.string()), is_once
    if (np.diff(unknown.line) == 0).any():
        rank = _ranks(unknown.keys)
        order = np.lexsort((rank, unknown.line))
        same = (np.diff(unknown.line[order]) == 0) & (np.diff(rank[order]) == 0)
        is_once[unknown.line[order][1:][same]] = False
    else:
        order = np.arange(len(unknown.line))
    # Keys and values stay in the order of the text for their places; the entries are then put in that of the keys.
    entries = _entries(unknown).take(pa.array(order[~is_null[order]]))
    counts = np.bincount(unknown.line[~is_null], minlength=size)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), entries), ", ")
    texts = pc.binary_join_element_wise("{", joined, "}", "")
    return pc.if_else(pa.array(counts > 0), texts, pa.scalar(None, pa.string())), is_once


def _entries(unknown: Fields) -> pa.Array:
    """Each field as canonical JSON: a text without an escape is written as it was."""
    around = np.array([-1, 1])
    keys = texts_at(unknown.data, unknown.key + around)
    values = texts_at(unknown.data, unknown.value + around * unknown.is_text[:, None])
    if not unknown.is_text.all():
        is_same = unknown.is_text | unknown.is_literal
        is_same |= pc.match_substring_regex(values, _CANONICAL).to_numpy(zero_copy_only=False)
        others = values.take(pa.array(np.flatnonzero(~is_same))).dictionary_encode()
        known = [json.dumps(plain(json.loads(text)), allow_nan=False) for text in others.dictionary.to_pylist()]
        written = pa.array(known, pa.string()).take(others.indices)
        values = pc.replace_with_mask(values, pa.array(~is_same), written)
    return pc.binary_join_element_wise(keys, values, ": ")


def _ranks(keys: pa.Array) -> Places:
    """The place of each key among all that there are, in the order of Python's texts."""
    coded = keys.dictionary_encode()
    names = coded.dictionary.to_pylist()
    rank = np.empty(len(names), np.int64)
    rank[np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)] = np.arange(len(names))
    found: Places = rank[coded.indices.to_numpy(zero_copy_only=False)]
    return found
