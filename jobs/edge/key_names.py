"""Names of signing keys that commands and their parts share."""

DEFAULT_NAME = "release"
"""The key that signs where no other is named."""
