"""Errors of alerts."""

from jobs.runtime.errors import JobError


class AlertStateError(JobError):
    """The alert store cannot be read or written; nothing of the change was written."""
