"""Texts by code: a column of few names is stored as those names and, for each row, the place of one."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from domain.record.names import tidy

CODED = pa.dictionary(pa.int32(), pa.string())


def by_code(texts: pa.Array) -> pa.DictionaryArray:
    """A text column by code."""
    return texts if pa.types.is_dictionary(texts.type) else texts.cast(pa.string()).dictionary_encode()


def plain(texts: pa.Array) -> pa.Array:
    """A text column as its texts."""
    return texts.cast(pa.string())


def repeated(text: str, size: int) -> pa.DictionaryArray:
    """One text for each row."""
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), size), pa.array([text], pa.string()))


def tidied(texts: pa.Array) -> pa.DictionaryArray:
    """A column of names by code, each as `domain.record.names.tidy` has it; null where nothing is left."""
    coded = by_code(texts)
    known = coded.dictionary.to_pylist()
    names = [None if text is None else tidy(text) for text in known]
    return coded if names == known else pa.array(names, pa.string()).take(coded.indices).dictionary_encode()


def looked_up(keys: pa.Array, table: Mapping[str, str]) -> pa.Array:
    """For each key what a table says, null where it does not."""
    coded = by_code(keys)
    place = pc.index_in(coded.dictionary, value_set=pa.array(list(table), pa.string()))
    return pa.array(list(table.values()), pa.string()).take(place).take(coded.indices)


def null_where(texts: pa.Array, missing: pa.Array) -> pa.Array:
    """A text column, by code or not, with null in place of some texts."""
    is_coded = pa.types.is_dictionary(texts.type)
    if not pc.any(pc.is_in(texts.dictionary if is_coded else texts, value_set=missing)).as_py():
        return texts
    known = plain(texts)
    left = pc.if_else(pc.is_in(known, value_set=missing), pa.scalar(None, pa.string()), known)
    return by_code(left) if is_coded else left
