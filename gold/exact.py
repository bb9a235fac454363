"""Statistics from whole numbers, in a written order, so that Spark and the gateway give the same bits.

`count`, `total` (sum of steps) and `squares` (sum of squared steps) are exact; floating point starts at the end.
"""

from pyspark.sql import Column
from pyspark.sql import functions as f

EXACT = "decimal(38,0)"


def mean(count: Column, total: Column, resolution: float) -> Column:
    """``(float(total) / float(count)) * resolution``; null without readings."""
    return f.when(count > 0, (total.cast("double") / count.cast("double")) * f.lit(resolution))


def deviation(count: Column, total: Column, squares: Column, resolution: float) -> Column:
    """Sample deviation, null below two readings.

    ``sqrt(float(count * squares - total * total) / (float(count) * float(count - 1))) * resolution``: the numerator is
    a whole number. Source: the computational formula of the sample variance, exact on integers.
    """
    numerator = (_whole(count) * squares).cast(EXACT) - (_whole(total) * _whole(total)).cast(EXACT)
    spread = numerator.cast("double") / (count.cast("double") * (count - 1).cast("double"))
    return f.when(count > 1, f.sqrt(spread) * f.lit(resolution))


def scaled(steps: Column, resolution: float) -> Column:
    """``float(steps) * resolution``."""
    return steps.cast("double") * f.lit(resolution)


def _whole(number: Column) -> Column:
    return number.cast("decimal(19,0)")
