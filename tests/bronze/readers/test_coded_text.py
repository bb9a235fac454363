"""Texts by code say what the texts say."""

import pyarrow as pa
import pytest

from bronze.readers.coded_text import CODED, by_code, looked_up, null_where, plain, repeated

TEXTS = pa.array(["a", None, "b", "a"])
BOTH = pytest.mark.parametrize("texts", [TEXTS, by_code(TEXTS)], ids=["plain", "by code"])


def test_texts_survive_their_code() -> None:
    assert by_code(TEXTS).type == CODED
    assert plain(by_code(TEXTS)).equals(TEXTS)
    assert repeated("x", 2).to_pylist() == ["x", "x"]


@BOTH
def test_a_key_that_the_table_lacks_is_null(texts: pa.Array) -> None:
    assert looked_up(texts, {"a": "A"}).to_pylist() == ["A", None, None, "A"]


@BOTH
def test_missing_texts_become_null_and_the_form_of_the_column_stays(texts: pa.Array) -> None:
    found = null_where(texts, pa.array(["b"]))

    assert found.to_pylist() == ["a", None, None, "a"]
    assert found.type == texts.type
    assert null_where(texts, pa.array(["c"])) is texts
