"""Errors of the simulator."""


class SimulatorError(Exception):
    """Root of every error of the simulator."""


class ConfigError(SimulatorError):
    """A simulation was asked for that cannot be made."""
