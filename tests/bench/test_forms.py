"""The forms of the benchmark: each is read whole, by the fast path as by the slow one, to the same readings."""

from typing import Any

import pytest

from bench.form_files import CSV, JSON, Form, forms
from tests.support.reader_files import Read

FORMS = list(forms(20))
# Their values are words, or come from other columns than temp and press.
OTHER_VALUES = {"states", "wide CSV, 40 columns", "tag table, 40 tags"}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_form_is_read_alike_on_both_paths(form: Form) -> None:
    read = Read(form.content, form.mapping)

    assert read.all == Read(form.content, form.mapping, use_fast=False).all
    assert (len(read.rows), read.rejected) == (form.readings, [])


def test_every_form_has_the_same_values() -> None:
    found = {form.name: _values(form) for form in FORMS if form.name not in OTHER_VALUES}

    assert {name for name, values in found.items() if values != found[CSV]} == set()
    assert {CSV, JSON} < found.keys()


def _values(form: Form) -> list[Any]:
    return [row["value"] for row in Read(form.content, form.mapping).rows]
