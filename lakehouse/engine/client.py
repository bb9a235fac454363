"""Clients of a Spark Connect server: a session by its id, and the end of an operation that another client began."""

import os
import re
import time
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from lakehouse.engine.errors import EngineError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# A server that answers sends something every two minutes at the latest (Spark ends its streams, and the client attaches
# anew); grpc-java takes pings more often than every five minutes for an attack. So a silence longer than both is asked.
SILENCE_S = 320.0
_ANSWER_S = 20.0
_CONNECT_S = 5.0  # what an attempt to connect may take: gRPC lets the least pause between two of them say it
_END_TIMEOUT_S = 600.0
# Another process attached to the same operation.
_DISPLACED = "INVALID_CURSOR.DISCONNECTED"
# The answer of that id was released by the client that got it: only what comes after it can be asked for.
_RELEASED = re.compile(r"INVALID_CURSOR\.POSITION_NOT_AVAILABLE.*position id (\S+) is no longer available")
# Held until the process ends: a collected session closes its client on whatever thread the collector runs, and that
# close waits for a pool that all sessions share. On a thread of the pool, inside a call, it waits for ever.
_SESSIONS: list["SparkSession"] = []


def load_client() -> None:
    """Import what `connect` needs. It takes a second, which a caller may have while a server starts."""
    import pyspark.sql.connect.session  # noqa: F401  for its effect


def connect(remote: str, session_id: str, *, silence_s: float = SILENCE_S) -> "SparkSession":
    """A session of that id on the server, from now on this thread's active one; nothing is sent before its first use.

    A server of this machine that ends is reported at once, one that hangs after `silence_s` and about a minute.

    Raises:
        PySparkException: The URL is not one.
    """
    from pyspark.sql.connect.client import DefaultChannelBuilder
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    from lakehouse.engine.retries import ShortPolicy

    separator = "" if remote.endswith(";") else ";" if "/;" in remote else "/;"
    waits_s = {"keepalive_time": silence_s, "keepalive_timeout": _ANSWER_S, "min_reconnect_backoff": _CONNECT_S}
    options = [(f"grpc.{name}_ms", int(wait * 1000)) for name, wait in waits_s.items()]
    channel = DefaultChannelBuilder(f"{remote}{separator}session_id={session_id}", options)
    os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"  # what pyspark sets for a URL, and not for a channel
    spark = cast("SparkSession", ConnectSession.builder.channelBuilder(channel).create())
    spark.client.set_retry_policies([ShortPolicy(local_port(remote))])
    # pyspark takes some frames of every session for the active one's, and that is the first that was not stopped.
    ConnectSession._active_session.session = spark
    _SESSIONS.append(spark)
    return spark


def be_patient(spark: "SparkSession", remote: str) -> None:
    """Let a session of a server elsewhere, once it has answered, ride out a network's troubles as pyspark does."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    if local_port(remote) is None:
        spark.client.set_retry_policies([DefaultPolicy()])


def local_port(remote: str) -> int | None:
    """The port of a server on this machine; None for one elsewhere."""
    address = urlsplit(remote)
    return address.port if address.hostname == "localhost" else None


def operation_ended(spark: "SparkSession", operation: str, within_s: float = _END_TIMEOUT_S) -> None:
    """Wait until an operation of the session has ended, whatever its result.

    The server answers to whoever attaches to an operation until its thread is through; pyspark offers no call for it.

    Raises:
        EngineError: It has not ended within `within_s` seconds.
        grpc.RpcError: The server is gone.
    """
    import grpc

    deadline, after = time.monotonic() + within_s, ""
    while (left := deadline - time.monotonic()) > 0:
        try:
            if _attached_to_the_end(spark, operation, left, after):
                return
        except grpc.RpcError as exc:
            if exc.code() is grpc.StatusCode.UNAVAILABLE:
                raise
            if released := _RELEASED.search(str(exc)):
                after = released[1]
                continue
            if exc.code() is not grpc.StatusCode.DEADLINE_EXCEEDED and _DISPLACED not in str(exc):
                return
            time.sleep(0.1)
    raise EngineError(
        f"operation {operation} of a killed run has not ended within {within_s:.0f} s of its cancellation; "
        "end the engine (`assay engine stop`), then run again"
    )


def _attached_to_the_end(spark: "SparkSession", operation: str, within_s: float, after: str) -> bool:
    """Read an operation's answers after one; False where the server ended the stream before the operation's end."""
    from pyspark.sql.connect import proto

    client = spark.client
    request = proto.ReattachExecuteRequest(session_id=spark.session_id, operation_id=operation)
    if after:
        request.last_response_id = after
    request.user_context.user_id = client._user_id or ""  # see above
    answers = client._stub.ReattachExecute(request, metadata=client._builder.metadata(), timeout=within_s)  # see above
    return any(answer.HasField("result_complete") for answer in answers)


def is_gone(error: Exception) -> bool:
    """Whether an error of a client says that the server, or the session, is no longer there."""
    import grpc

    texts = ("SESSION_CLOSED", "SESSION_NOT_FOUND", "UNAVAILABLE", "RETRIES_EXCEEDED", "UNAUTHENTICATED")
    return isinstance(error, grpc.RpcError) or any(text in f"{type(error).__name__} {error}" for text in texts)


def lost_connection(error: BaseException | None) -> str:
    """What gRPC says of the connection where an error, or one behind it, is that the server is gone; else empty."""
    import grpc

    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, grpc.RpcError) and error.code() is grpc.StatusCode.UNAVAILABLE:
            return str(error.details()).partition("\n")[0]
        error = error.__cause__ or error.__context__
    return ""
