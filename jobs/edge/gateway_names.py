"""Names of the gateway's files that commands and their parts share."""

from pathlib import Path

ZIPAPP = Path("assay-gateway.pyz")
"""The gateway as one file."""
