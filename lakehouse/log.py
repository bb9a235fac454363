"""Logs go to standard error; standard output belongs to reports."""

import logging
import sys
import time

WIPE = "\r\x1b[K"
"""Takes away what stands in the line of a terminal."""
LEVELS = ("debug", "info", "warning", "error")
_CHATTY = ("py4j", "pyspark", "great_expectations", "botocore", "urllib3", "grpc")


def configure_log(level: str) -> None:
    """Send log records of `level` and above to standard error, with UTC time; libraries only from warning on.

    At a terminal a record takes the place of the line of progress, which comes back below it.
    """
    handler = logging.StreamHandler(sys.stderr)
    lead = WIPE if sys.stderr.isatty() else ""
    formatter = logging.Formatter(lead + "%(asctime)s %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def log() -> logging.Logger:
    """The logger of all jobs."""
    return logging.getLogger("assay")
