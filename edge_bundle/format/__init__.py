"""The bytes that compiler and gateway agree on. Standard library only, Python 3.9 and newer."""
