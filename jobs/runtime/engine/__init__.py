"""The engine: a Spark Connect server on loopback, started for one command or kept warm and held by leases."""
