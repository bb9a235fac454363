"""How fast a simulated plant wears: as plants do, or so fast that a short run has failures to learn from."""

from dataclasses import replace

from simulator.plant import SimulationConfig

SLOW, FAST = "slow", "fast"
PACES = (SLOW, FAST)
"""`slow` has one to three failures in a machine-year, `fast` about twelve."""

LIFE_SCALE, SERVICE_SCALE, PREVENTED_FRAC, LATE_FRAC, WRONG_FRAC = 5.0, 4.0, 0.25, 0.05, 0.03
"""Of slow wear. Starting values: lives of about a year under full load, a service of each component every 256 days, one
visible failure in four prevented, five failure records in a hundred late and three wrong. Measured by `bench/plant.py`.
"""


def at_pace(config: SimulationConfig, pace: str, prevented_frac: float | None = None) -> SimulationConfig:
    """The settings with the wear and the records of a pace.

    Args:
        config: Size, seed and dates.
        pace: One of `PACES`.
        prevented_frac: Fraction of visible failures that a repair prevents; None: the pace's own.
    """
    is_slow = pace == SLOW
    prevented = (PREVENTED_FRAC if is_slow else 0.0) if prevented_frac is None else prevented_frac
    if not is_slow:
        return replace(config, prevented_frac=prevented)
    return replace(
        config, life_scale=LIFE_SCALE, service_scale=SERVICE_SCALE, prevented_frac=prevented, late_frac=LATE_FRAC,
        wrong_frac=WRONG_FRAC,
    )  # fmt: skip
