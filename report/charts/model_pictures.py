"""The pictures of a failure model, drawn for the card and for the report from the same stored numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from expectations.model_folder.pictures import Pictures
from report.charts import svg, timeline
from report.charts.importance import importance_chart
from report.charts.performance import calibration_chart, cost_chart, lead_time_chart, precision_recall_chart
from report.charts.timeline import timeline_chart


@dataclass(frozen=True, slots=True)
class ModelPicture:
    """A picture; `narrow` is the one for a telephone where the same would be too small there, else empty."""

    chart: Markup
    narrow: Markup = svg.EMPTY


def model_pictures(numbers: Pictures | None) -> Mapping[str, ModelPicture]:
    """Each picture by its name; one without anything to draw is left out, and so are all without numbers."""
    if numbers is None:
        return {}
    drawn = {
        "timeline": ModelPicture(timeline_chart(numbers.timeline), timeline_chart(numbers.timeline, timeline.NARROW)),
        "cost": ModelPicture(cost_chart(numbers.cost)),
        "lead_time": ModelPicture(lead_time_chart(numbers.lead_time)),
        "precision_recall": ModelPicture(precision_recall_chart(numbers.precision_recall)),
        "calibration": ModelPicture(calibration_chart(numbers.calibration)),
        "importance": ModelPicture(importance_chart(numbers.importance)),
    }
    return {name: picture for name, picture in drawn.items() if picture.chart}
