"""Silver: one clean truth, a module per table. Pure: DataFrames in, DataFrames out."""
