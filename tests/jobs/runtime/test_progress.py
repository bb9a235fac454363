import io
import logging

import pytest

from jobs.runtime.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_terminal_sees_one_line_that_is_rewritten_and_wiped() -> None:
    out = Terminal()

    with progress("silver", out) as show:
        show("read", 1, 2)
        show("read", 2, 2)

    assert out.getvalue().count("\n") == 0
    assert "silver: read 2 of 2 (0 s)" in out.getvalue()
    assert out.getvalue().endswith("\r\x1b[K")


def test_elsewhere_a_step_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    with progress("silver", io.StringIO()) as show:
        for done in range(1000):
            show("read", done, 1000)
        show("merge")

    assert [record.message for record in caplog.records] == ["silver: read 0 of 1,000", "silver: merge"]
