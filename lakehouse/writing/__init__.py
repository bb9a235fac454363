"""How tables are made and written: every commit of the lake's tables but those of Spark's own upkeep."""
