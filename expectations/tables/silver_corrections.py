"""Silver: the corrections of the mappings, so that a reader of readings sees where a series was changed."""

from expectations.tables.contract import Column, Table

CORRECTIONS = Table(
    "silver", "corrections",
    "The corrections that the mappings now make of readings, in their order; a null of sensor, metric or column: any",
    (
        Column("mapping", "string", "Mapping whose readings are corrected", nullable=False),
        Column("position", "bigint", "Place among the mapping's corrections, from 1: they apply in this order",
               nullable=False, minimum=1),
        Column("factory_id", "string", "Factory of the readings, where the mapping says one; else null"),
        Column("machine_id", "string", "Machine of the readings, where the mapping says one; else null"),
        Column("sensor_id", "string", "Sensor of the readings before any correction; null: any"),
        Column("metric", "string", "Metric of the readings, also where the source column alone says it; null: any"),
        Column("source_column", "string", "Source column of the readings; null: any"),
        Column("valid_from", "timestamp", "First time of a reading that it holds for; null: from the first on",
               unit="UTC"),
        Column("valid_to", "timestamp", "Until which time of a reading, exclusive; null: no end", unit="UTC"),
        Column("value_factor", "double", "What the value is multiplied with; 1: not scaled", nullable=False),
        Column("value_offset", "double", "What is then added, in the unit of the row, else in that of the source",
               nullable=False),
        Column("unit", "string", "Unit that the values are then in; null: that of the source"),
        Column("continues", "string", "Sensor that the readings are stored under; null: the name is not changed"),
    ),
    key=("mapping", "position"),
    retention_days=30,
)  # fmt: skip
