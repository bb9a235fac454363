"""When a client tries again: not where the server is known to be gone."""

from pyspark.sql.connect.client.retries import DefaultPolicy

from lakehouse.engine.server import is_listening

# About 8 s in all. pyspark's own policy gives up after ten minutes, and every call of a clean-up does so anew.
_RETRIES, _LONGEST_WAIT_MS = 6, 2000


class ShortPolicy(DefaultPolicy):  # type: ignore[misc]  # pyspark is not followed by mypy
    """pyspark's policy with an end within seconds; a server on this machine that no longer listens is gone at once."""

    def __init__(self, port: int | None) -> None:
        """Set for a server that listens on `port` of this machine, or elsewhere (None)."""
        super().__init__(max_retries=_RETRIES, max_backoff=_LONGEST_WAIT_MS, max_server_retry_delay=_LONGEST_WAIT_MS)
        self._port = port

    def can_retry(self, e: BaseException) -> bool:
        """Whether an error of a call may pass by itself."""
        return super().can_retry(e) and (self._port is None or is_listening(self._port))
