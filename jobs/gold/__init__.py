"""The gold job's parts: daily tables, features, labels."""
