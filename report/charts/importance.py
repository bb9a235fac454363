"""The features that move a model's margin most, as bars with their names above them."""

from collections.abc import Sequence

from markupsafe import Markup

from expectations.model_folder.pictures import FeatureWeight
from report.charts import svg
from report.charts.plot import WIDTH, key
from report.formats import number

_ROW, _BAR, _VALUE = 31.0, 9.0, 52.0


def importance_chart(weights: Sequence[FeatureWeight]) -> Markup:
    """One bar a feature, telemetry set apart from events and attributes."""
    if not weights:
        return svg.EMPTY
    most = max(each.weight for each in weights) or 1.0
    made = []
    for place, each in enumerate(weights):
        y, class_ = place * _ROW, "main" if each.telemetry else "accent"
        length = each.weight / most * (WIDTH - _VALUE)
        title = f"{each.name}: {number(each.weight)}"
        made += [
            svg.text(0, y + 11, each.name, "tick strong"),
            svg.rect(0, y + 17, max(length, 1.0), _BAR, class_, title),
            svg.text(length + 6, y + 25, number(each.weight, 3)),
        ]
    marks, taken = key([("bar main", "telemetry"), ("bar accent", "events and attributes")], len(weights) * _ROW + 4)
    return svg.picture(WIDTH, len(weights) * _ROW + 4 + taken, "Contribution of features to the margin", *made, *marks)
