"""Gold: what people ask, a module per table. Pure: DataFrames in, DataFrames out."""
