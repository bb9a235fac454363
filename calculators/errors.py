"""Errors of calculations. Each says what was got, what is legal, and what to do."""


class CalculationError(ValueError):
    """A case holds an input that cannot be."""
