import pytest

from expectations.errors import ContractError
from expectations.tables.contract import Column, Table

COLUMNS = (
    Column("sensor_id", "string", "Sensor"),
    Column("measured_at", "timestamp", "When it was measured", unit="UTC"),
    Column("measured_date", "date", "Date of that"),
)


def test_a_table_says_by_which_time_it_is_fresh() -> None:
    assert Table("silver", "pairs", "Pairs", COLUMNS, newest_by="measured_at").newest_by == "measured_at"


@pytest.mark.parametrize("name", ["sensor_id", "measured_date", "measured_on"], ids=["text", "date", "no column"])
def test_freshness_by_anything_but_a_time_is_refused_with_the_legal_ones(name: str) -> None:
    with pytest.raises(ContractError, match=rf"silver\.pairs: newest_by: .*{name}.*measured_at"):
        Table("silver", "pairs", "Pairs", COLUMNS, newest_by=name)
