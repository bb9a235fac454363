"""What can stop a gateway, one class per reason."""

from edge_bundle.format.errors import BundleError, one_line


class GatewayError(Exception):
    """Root of every error of this package. Its message is one line, whatever it quotes of a bundle or of input."""

    def __str__(self) -> str:
        """The message."""
        return one_line(super().__str__())


class ConfigError(GatewayError):
    """A setting of the call is not legal."""


class SourceError(GatewayError):
    """An input file that no mapping of the bundle can read."""


class StateError(GatewayError):
    """A state folder of another gateway, plant or steps than the bundle's, that is damaged, or of another version."""


class BundleMismatchError(GatewayError, BundleError):
    """A bundle whose parts do not fit each other: models and features of different length."""


class FullError(GatewayError):
    """The state cannot be written for want of space, or because its medium refuses."""


class DamagedError(StateError):
    """The state file does not hold what was written to it."""
