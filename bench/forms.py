"""Reading the forms in which plants send readings: processor time a byte, each by the plain form of the same run.

`python -m bench.forms` reads each form from memory, several times in turn, and takes the least. The plain forms are
CSV of ISO 8601 times and decimal points, and flat JSON Lines. Columns that hold more values a byte take more a byte.
"""

import argparse
import io
import sys
import time
from collections.abc import Sequence

from bench.form_files import Form, forms
from bench.measure import SMALL, machine_line
from bronze.readers import read_records

_ROWS, _SMALL_ROWS = 40_000, 50
_ROUNDS, _SMALL_ROUNDS = 3, 1


def main(argv: Sequence[str] | None = None) -> int:
    """Every form, or those whose names are given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help=SMALL)
    parser.add_argument("--rows", type=int, default=_ROWS, help="rows of each file; default: %(default)s")
    parser.add_argument("--only", nargs="*", default=[], help="parts of names: only such forms, and the plain ones")
    arguments = parser.parse_args(argv)
    print(machine_line())
    count, rounds = (_SMALL_ROWS, _SMALL_ROUNDS) if arguments.small else (arguments.rows, _ROUNDS)
    found = [form for form in forms(count) if form.name == form.plain or _is_asked(form, arguments.only)]
    least = {form.name: float("inf") for form in found}
    for _ in range(rounds):
        for form in found:
            least[form.name] = min(least[form.name], read_s(form))
    _show(found, {form.name: least[form.name] / len(form.content) for form in found})
    return 0


def _is_asked(form: Form, names: Sequence[str]) -> bool:
    return not names or any(name in form.name for name in names)


def read_s(form: Form) -> float:
    """Processor seconds of this process that reading takes.

    Raises:
        SystemExit: A reading was not accepted.
    """
    began = time.process_time()
    accepted = sum(batch.rows.num_rows for batch in read_records(io.BytesIO(form.content), form.mapping))
    seconds = time.process_time() - began
    if accepted != form.readings:
        raise SystemExit(f"{form.name}: {accepted} of {form.readings} readings were accepted")
    return seconds


def _show(found: Sequence[Form], a_byte: dict[str, float]) -> None:
    print(f"  {'form':32s}{'MB':>7s}{'ns a byte':>11s}{'x the plain form':>18s}{'aim':>7s}")
    for form in found:
        ratio = a_byte[form.name] / a_byte[form.plain]
        aim = f"{form.most:.0f}" if form.most else "-"
        mark = " over" if form.most and ratio > form.most else ""
        size = f"{len(form.content) / 1e6:7.1f}"
        print(f"  {form.name:32s}{size}{1e9 * a_byte[form.name]:11.1f}{ratio:18.2f}{aim:>7s}{mark}")
    over = sum(1 for form in found if form.most and a_byte[form.name] > form.most * a_byte[form.plain])
    print(f"  forms over their aim: {over} of {sum(1 for form in found if form.most)}")


if __name__ == "__main__":
    sys.exit(main())
