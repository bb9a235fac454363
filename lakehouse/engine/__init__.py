"""The engine: a Spark Connect server on loopback, started for one command or warm and held by leases."""

import os

# We fork only to start another program. gRPC's own care for forks would start its threads anew in the child, where
# their files are closed under them before that program begins: now and then it ends with an abort instead (met).
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
