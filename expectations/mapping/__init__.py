"""Mappings: how the files of one source become records of one feed."""
