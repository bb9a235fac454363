from lakehouse.code_revision import PACKAGES
from tests.architecture import sources


def test_the_revision_covers_all_code_that_makes_tables() -> None:
    assert set(PACKAGES) == set(sources.ROOMS) - {"report", "simulator"}
