"""Errors of alerts."""

from lakehouse.errors import JobError


class AlertStateError(JobError):
    """The alert store cannot be read or written; nothing of the change was written."""
