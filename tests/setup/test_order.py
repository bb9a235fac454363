"""The order in which the workers of `make test` take files."""

import subprocess
import sys

from tests.architecture.sources import REPO
from tests.support.order import LONGEST


def test_each_of_the_longest_files_is_there() -> None:
    assert [name for name in LONGEST if not (REPO / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)


def test_the_longest_files_come_first_whatever_order_they_are_named_in() -> None:
    short, *rest = "tests/setup/test_order.py", LONGEST[1], LONGEST[0]
    words = ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", short, *rest]

    listed = subprocess.run([sys.executable, *words], cwd=REPO, capture_output=True, text=True, check=True).stdout

    files = [line.partition("::")[0] for line in listed.splitlines() if "::" in line]
    assert list(dict.fromkeys(files)) == [LONGEST[0], LONGEST[1], short]
