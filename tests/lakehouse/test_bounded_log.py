"""A log is held below a size while its writer goes on."""

from pathlib import Path

from lakehouse.bounded_log import bound_log


def test_a_short_log_is_left_as_it_is(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text("line\n" * 10)

    assert not bound_log(log, limit=50)
    assert log.read_text() == "line\n" * 10
    assert list(tmp_path.iterdir()) == [log]


def test_a_long_log_is_cut_at_a_line_and_its_newest_part_is_beside_it(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text("".join(f"line {number}\n" for number in range(1000, 1100)))

    assert bound_log(log, limit=100)

    assert log.read_bytes() == b""
    assert (tmp_path / "engine.log.1").read_text() == "line 1096\nline 1097\nline 1098\nline 1099\n"


def test_the_writer_goes_on_at_the_beginning(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 100)
        bound_log(log, limit=100)
        writer.write(b"new\n")

    assert log.read_bytes() == b"new\n"


def test_however_long_it_is_written_both_files_stay_below_one_and_a_half_limits(tmp_path: Path) -> None:
    log, largest = tmp_path / "engine.log", 0
    with log.open("ab", buffering=0) as writer:
        for _ in range(1000):
            writer.write(b"a warning of the engine\n")
            bound_log(log, limit=500)
            largest = max(largest, sum(path.stat().st_size for path in tmp_path.iterdir()))

    assert largest <= 750


def test_a_log_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert not bound_log(tmp_path / "none.log")
