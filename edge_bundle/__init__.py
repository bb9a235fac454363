"""Signed model bundles: the shared format, the compiler that makes them, the gateway that runs them."""
