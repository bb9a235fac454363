"""What a check demands, in Great Expectations' own words."""

import re
from dataclasses import dataclass

from expectations.suite_description import RULE_PREFIX, Check
from expectations.suites import configuration

_PLACEHOLDER = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of a sentence: plain words, or a value in it."""

    text: str
    is_value: bool


def sentence(check: Check) -> tuple[Phrase, ...]:
    """The demand of a check for people; of a rule declared by hand its own words."""
    if check.arguments.get("column", "").startswith(RULE_PREFIX):
        words, _, condition = check.description.partition(": ")
        return (Phrase(f"{words}: ", is_value=False), Phrase(condition, is_value=True))
    expectation = configuration(check)
    from great_expectations.render.renderer.inline_renderer import InlineRenderer  # noqa: PLC0415 seconds to load

    summary = InlineRenderer(render_object=expectation).get_rendered_content()[0].to_json_dict()["value"]
    values = {name: str(param["value"]) for name, param in summary["params"].items()}
    pieces = enumerate(_PLACEHOLDER.split(summary["template"]))
    phrases = (Phrase(values[text] if place % 2 else text, is_value=bool(place % 2)) for place, text in pieces)
    return tuple(Phrase(", ", is_value=False) if phrase.text == " " else phrase for phrase in phrases if phrase.text)
