"""Benchmarks: `python -m bench` prints them all; what is compared always runs in the same process on the same rows."""
