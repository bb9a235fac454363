"""Clients of a Spark Connect server: a session by its id, and the end of an operation that another client began."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# A server on this machine that does not answer within about 8 s is gone; pyspark itself would try for ten minutes.
_RETRIES, _LONGEST_WAIT_MS = 6, 2000

# Held until the process ends: a collected session closes its client on whatever thread the collector runs, and that
# close waits for a pool that all sessions share. On a thread of the pool, inside a call, it waits for ever.
_SESSIONS: list["SparkSession"] = []


def connect(remote: str, session_id: str) -> "SparkSession":
    """A session of that id on the server, from now on this thread's active one; nothing is sent before its first use.

    Raises:
        PySparkException: The URL is not one.
    """
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    separator = "" if remote.endswith(";") else ";" if "/;" in remote else "/;"
    spark = SparkSession.builder.remote(f"{remote}{separator}session_id={session_id}").create()
    if remote.startswith("sc://localhost"):
        spark.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES, max_backoff=_LONGEST_WAIT_MS)])
    # pyspark takes the checkpoints of every session for the active one's, and that is the first that was not stopped.
    ConnectSession._active_session.session = spark
    _SESSIONS.append(spark)
    return spark


def operation_ended(spark: "SparkSession", operation: str) -> None:
    """Wait until an operation of the session has ended, whatever its result.

    The server answers to whoever attaches to an operation until its thread is through; pyspark offers no call for it.
    """
    import grpc
    from pyspark.sql.connect import proto

    client = spark.client
    request = proto.ReattachExecuteRequest(session_id=spark.session_id, operation_id=operation)
    request.user_context.user_id = client._user_id or ""  # see above
    try:
        for _ in client._stub.ReattachExecute(request, metadata=client._builder.metadata()):  # see above
            pass
    except grpc.RpcError as exc:
        if exc.code() is grpc.StatusCode.UNAVAILABLE:
            raise


def is_gone(error: Exception) -> bool:
    """Whether an error of a client says that the server, or the session, is no longer there."""
    import grpc

    texts = ("SESSION_CLOSED", "SESSION_NOT_FOUND", "UNAVAILABLE", "RETRIES_EXCEEDED", "UNAUTHENTICATED")
    return isinstance(error, grpc.RpcError) or any(text in f"{type(error).__name__} {error}" for text in texts)
