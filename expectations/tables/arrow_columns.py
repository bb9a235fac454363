"""Columns of Arrow tables as NumPy takes them: texts by code, times as microseconds.

Most texts of a batch are the same few names. What is decided for each name, not for each row, costs next to nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from domain.record.names import NAMES, tidy

Micros = NDArray[np.int64]
Flags = NDArray[np.bool_]
Doubles = NDArray[np.float64]

STAMP = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True)
class Coded:
    """A text column without nulls: for each row the place of its text among `texts`."""

    codes: NDArray[np.int32]
    texts: tuple[str, ...]

    def each(self, value: Callable[[str], Any], dtype: type) -> NDArray[Any]:
        """For each row what a function says of its text; it is asked once for each of `texts`."""
        known: NDArray[Any] = np.array([value(text) for text in self.texts], dtype=dtype)
        return known[self.codes] if self.texts else np.empty(0, dtype)

    def ranks(self) -> NDArray[np.int64]:
        """For each row the place of its text in the order of UTF-8 bytes, which is Python's own."""
        places = {text: place for place, text in enumerate(sorted(self.texts))}
        return self.each(places.__getitem__, np.int64)


def coded(records: pa.Table, name: str) -> Coded:
    """A text column by code, whether Arrow holds it so or as plain texts."""
    column = records.column(name)
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    whole = encoded.unify_dictionaries().combine_chunks()
    array = whole if isinstance(whole, pa.DictionaryArray) else _first(whole)
    return Coded(array.indices.to_numpy().astype(np.int32, copy=False), tuple(array.dictionary.to_pylist()))


def with_tidy_names(records: pa.Table) -> pa.Table:
    """The records with names as today's readers give them: older ones left blanks around them and accents as typed.

    The columns of `domain.record.names.NAMES`, by code or plain; a table whose names are tidy is returned as it is.
    """
    for name in NAMES.intersection(records.column_names):
        column = records.column(name)
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        whole = encoded.unify_dictionaries()
        texts = whole.chunk(0).dictionary.to_pylist() if whole.num_chunks else []
        tidied = [tidy(text) or text for text in texts]
        if tidied != texts:
            plain = [pa.array(tidied, pa.string()).take(chunk.indices) for chunk in whole.chunks]
            again = pa.chunked_array(plain, pa.string())
            again = again.dictionary_encode() if pa.types.is_dictionary(column.type) else again
            records = records.set_column(records.schema.get_field_index(name), name, again)
    return records


def plain_texts(records: pa.Table) -> pa.Table:
    """The same table with texts plain where Arrow holds them by code, so that rows of several files fit together."""
    columns = [
        column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for column in records.columns
    ]
    return pa.table(columns, names=records.column_names)


def coded_texts(records: pa.Table) -> pa.Table:
    """The same table with texts by code, those of a column by the same codes in all rows."""
    columns = [column.dictionary_encode() if pa.types.is_string(column.type) else column for column in records.columns]
    return pa.table(columns, names=records.column_names).unify_dictionaries()


def texts_of(codes: NDArray[Any], texts: Sequence[str]) -> pa.DictionaryArray:
    """The other way round: a text column, held by code."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32, copy=False)), pa.array(texts, pa.string()))


def micros(records: pa.Table, name: str) -> Micros:
    """A column of times without nulls, as microseconds since the epoch."""
    return _numpy(records.column(name).cast(pa.int64()))


def integers(records: pa.Table, name: str) -> NDArray[np.int64]:
    """A column of whole numbers without nulls."""
    return _numpy(records.column(name))


def doubles(records: pa.Table, name: str) -> Doubles:
    """A column of doubles; null is NaN."""
    return _numpy(records.column(name))


def flags(records: pa.Table, name: str) -> Flags:
    """A column of booleans without nulls."""
    return _numpy(records.column(name))


def stamps(times: Micros) -> pa.Array:
    """Microseconds since the epoch as a column of times."""
    return pa.array(times).cast(STAMP)


def begins(columns: Sequence[NDArray[Any]], order: NDArray[np.int64]) -> Flags:
    """Whether each row, in that order, differs from the one before in any of the columns; the first one does."""
    differs = np.ones(len(order), dtype=np.bool_)
    if len(order):
        ordered = (column[order] for column in columns)
        differs[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in ordered])
    return differs


def _numpy(column: pa.ChunkedArray) -> NDArray[Any]:
    values: NDArray[Any] = column.to_numpy()
    return values


def _first(whole: pa.ChunkedArray) -> pa.DictionaryArray:
    """The one chunk of a combined column; an empty column may have none."""
    if whole.num_chunks:
        return whole.chunk(0)
    return pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), pa.array([], pa.string()))
