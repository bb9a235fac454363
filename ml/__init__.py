"""Models that predict machine failure: data set, training, evaluation by events, gates, records.

Everything here is a function of its arguments: pandas frames and frozen settings in, frozen results
out. No clock, no path, no Spark; `jobs` reads the tables and writes the files.
"""
