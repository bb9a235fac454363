"""SVG elements as text: every attribute and every text escaped, coordinates short."""

from collections.abc import Mapping

from markupsafe import Markup, escape

Attribute = str | float
EMPTY = Markup("")


def element(tag: str, attributes: Mapping[str, Attribute], *children: Markup | str) -> Markup:
    """One element. Children that are plain text are escaped; `class_` and the like lose their underscore."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_short(value))}"' for name, value in attributes.items()
    )
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{tag}{given}>{inner}</{tag}>")  # noqa: S704  # names are ours; values and children are escaped above


def text(x: float, y: float, words: str, class_: str = "tick", anchor: str = "start") -> Markup:
    """A line of text with its baseline at y."""
    return element("text", {"x": x, "y": y, "class_": class_, "text_anchor": anchor}, words)


def heading(x: float, y: float, name: str, aside: str) -> Markup:
    """A name with its baseline at y, and beside it a remark in smaller letters."""
    beside = [element("tspan", {"dx": 10, "class_": "aside"}, aside)] if aside else []
    return element("text", {"x": x, "y": y, "class_": "name"}, name, *beside)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "class_": class_})


def rect(x: float, y: float, width: float, height: float, class_: str, title: str = "") -> Markup:
    """A rectangle, with a tooltip where it has a title."""
    box: dict[str, Attribute] = {"x": x, "y": y, "width": max(width, 0.0), "height": max(height, 0.0), "class_": class_}
    return element("rect", box, *([tooltip(title)] if title else []))


def path(commands: str, class_: str, title: str = "") -> Markup:
    """A path, with a tooltip where it has a title."""
    return element("path", {"d": commands, "class_": class_}, *([tooltip(title)] if title else []))


def tooltip(words: str) -> Markup:
    """What a browser shows over the element that holds it."""
    return element("title", {}, words)


def group(class_: str, *children: Markup) -> Markup:
    """Elements together under one class."""
    return element("g", {"class_": class_}, *children)


def picture(width: float, height: float, label: str, *children: Markup) -> Markup:
    """A whole picture that scales with its place; `label` is what a screen reader says."""
    head: dict[str, Attribute] = {
        "viewBox": f"0 0 {_short(width)} {_short(height)}", "role": "img", "aria_label": label,
        "class_": "chart", "width": width, "height": height,
    }  # fmt: skip
    return element("svg", head, *children)


def polyline(points: list[tuple[float, float]]) -> str:
    """Path commands through the points."""
    return "M" + "L".join(f"{_short(x)},{_short(y)}" for x, y in points) if points else ""


def _short(value: Attribute) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, (int, float)) else value
