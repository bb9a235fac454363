"""Documents of a file of JSON: what one that was cut off costs."""

import pytest

from bronze.readers.json_lines.fast_spans import plain_spans
from domain.record.json_spans import spans


def documents(data: bytes) -> list[tuple[bytes, bool]]:
    return [(data[span.start : span.end].strip(), span.fault is None) for span in spans(data, whole_arrays=False)]


def test_reading_begins_anew_behind_a_record_separator() -> None:
    data = b'\x1e{"a":1}\n\x1e{"a":"2\n\x1e{"a":3}\n'

    assert documents(data) == [(b'{"a":1}', True), (b'{"a":"2', False), (b'{"a":3}', True)]


def test_without_separators_a_cut_costs_the_rest() -> None:
    assert documents(b'{"a":1}\n{"a":"2\n{"a":3}\n') == [(b'{"a":1}', True), (b'{"a":"2\n{"a":3}', False)]


@pytest.mark.parametrize(
    "data",
    [b'\x1e{"a":1}\n\x1e[{"a":2},{"a":3}]\n', b'[{"a":1}]\x1e', b'{"a":1}', b"\x1e\x1e{}"],
)
def test_both_paths_find_the_same_documents(data: bytes) -> None:
    found = plain_spans(data, whole_arrays=False)

    assert found is not None
    slow = [(span.start, span.end) for span in spans(data, whole_arrays=False)]
    assert list(zip(found[0].tolist(), found[1].tolist(), strict=True)) == slow


@pytest.mark.parametrize("data", [b'{"a":\x1e1}', b'[{"a":1},\x1e{"a":2}]'])
def test_a_separator_within_a_document_is_left_to_the_slow_path(data: bytes) -> None:
    assert plain_spans(data, whole_arrays=False) is None
