"""Columns that several tables share, declared once."""

from expectations.tables.contract import Column

MACHINE_ID = Column("machine_id", "string", "Machine as the plant names it", nullable=False)
FACTORY_ID = Column("factory_id", "string", "Factory (site) of the machine", nullable=False)
SENSOR_ID = Column("sensor_id", "string", "Sensor as the plant names it", nullable=False)
METRIC = Column("metric", "string", "What is measured, as the profile names it", nullable=False)
MEASURED_AT = Column("measured_at", "timestamp", "When the sensor measured", unit="UTC", nullable=False)
SCORED_AT = Column("scored_at", "timestamp", "Grid time that the row refers to", unit="UTC", nullable=False)

FILE_ID = Column(
    "_file_id",
    "string",
    "File the record came in: 16 hex that follow from its content, its mapping and what its path says",
    nullable=False,
)
LINE = Column(
    "_line", "bigint", "Place in the file: line of a text file, row of a Parquet file, from 1", nullable=False
)
CELL = Column("_column", "string", "Source column of a wide row's cell; null for a row that is one record")
BATCH_ID = Column("_batch_id", "bigint", "Ingest batch that brought the record", nullable=False)
INGESTED_AT = Column(
    "_ingested_at", "timestamp", "Clock of the ingest run that admitted the file", unit="UTC", nullable=False
)
RESCUED = Column("_rescued", "string", "Fields that no mapping names, as one JSON object; null where none")

PROVENANCE = (RESCUED, LINE, CELL, FILE_ID, BATCH_ID, INGESTED_AT)
