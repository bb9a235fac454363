"""Waveforms: a record is a window of samples, from a cell or from rows of a file."""
