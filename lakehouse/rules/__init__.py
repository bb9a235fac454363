"""The SQL of a plant's rules: read before it is run, run without files and within a time, counted over rows."""
