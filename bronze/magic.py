"""The first bytes by which a file says what it is.

Sources: RFC 1952 (gzip), RFC 8878 (zstd; a file of it may begin with a frame to skip), the Parquet format.
"""

GZIP = b"\x1f\x8b"
ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60)))
COMPRESSED = (GZIP, *ZSTD)
PARQUET = b"PAR1"
LONGEST = 4
