"""The page: all sections in one HTML file that needs nothing else and runs nothing."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from expectations.audit.labelled_tables import with_labels
from report.facts import Facts
from report.formats import day, moment
from report.sections.drift import drift_section
from report.sections.equipment import equipment_section
from report.sections.lineage import lineage_section
from report.sections.machine import machine_section
from report.sections.model import model_section
from report.sections.money import money_section
from report.sections.performance import performance_section
from report.sections.plant import plant_section
from report.sections.quality import quality_section
from report.sections.safety import safety_section
from report.sections.savings import savings_section
from report.sections.sensors import sensor_section
from report.sections.vibration import vibration_section
from report.sections.words import words_section
from report.sections.work import work_section

NO_BREAK = "\N{NO-BREAK SPACE}"
# A number and its unit stay on one line.
_UNBROKEN = re.compile(r"(?<=\d) (%|h|µs|ms)(?!\w)")
TEMPLATES = Path(__file__).parent / "templates"


def render_page(facts: Facts) -> str:
    """The report as HTML. The same facts give the same bytes; what files held is shown as text, never as markup."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["code"] = code_spans
    page = environment.get_template("page.html").render(
        profile=facts.profile,
        as_of=moment(facts.overview.as_of) if facts.overview.as_of else "",
        as_of_day=day(facts.overview.as_of),
        plant=plant_section(facts),
        machine=machine_section(facts),
        quality=quality_section(facts),
        model=model_section(facts),
        lineage=lineage_section(facts),
        money=money_section(facts),
        performance=performance_section(facts),
        savings=savings_section(facts),
        safety=safety_section(facts),
        drift=drift_section(facts),
        work=work_section(facts),
        sensors=sensor_section(facts),
        equipment=equipment_section(facts),
        vibration=vibration_section(facts),
        words=words_section(facts),
    )
    return with_labels(page)


def code_spans(text: str) -> Markup:
    """The text, escaped, with the words between backticks set as code."""
    parts = text.split("`")
    marked = [
        Markup("<code>{}</code>").format(each) if place % 2 else escape(_UNBROKEN.sub(NO_BREAK + r"\1", each))
        for place, each in enumerate(parts)
    ]
    return Markup().join(marked)
