"""Pictures that another job drew, let in only as plain shapes: nothing that runs, loads or styles the page."""

import re
from xml.etree import ElementTree as ET

from markupsafe import Markup

_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_SPACE = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_SHAPES = frozenset(
    ("svg", "g", "path", "use", "text", "tspan", "defs", "clipPath", "rect", "line", "circle", "polyline", "polygon")
)
_ATTRIBUTES = frozenset(
    (
        "id", "viewBox", "d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "transform",
        "style", "class", "points", "clip-path", "text-anchor", "fill", "stroke", "stroke-width", "opacity",
    )
)  # fmt: skip
_OUTSIDE = re.compile(r"url\((?!#)|@import|expression|javascript:", re.IGNORECASE)


def pictures_of(page: str) -> dict[str, Markup]:
    """The pictures of a page by what their identifiers begin with, such as `cost` for `cost-figure_1`.

    A picture that is no XML is left out.
    """
    found: dict[str, Markup] = {}
    for match in _SVG.finditer(page):
        root = _parsed(match.group())
        if root is not None and (name := _name(root)):
            _clean(root)
            text = ET.tostring(root, encoding="unicode")
            found[name] = Markup(text)  # noqa: S704  # only the shapes and attributes listed above are left
    return found


def _parsed(text: str) -> ET.Element | None:
    """The picture as a tree; declarations are refused, so that no entity can grow."""
    if "<!" in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL):
        return None
    try:
        return ET.fromstring(text)  # noqa: S314  # without declarations there is nothing to expand
    except ET.ParseError:
        return None


def _name(root: ET.Element) -> str:
    for node in root.iter():
        name, mark, _ = node.get("id", "").partition("-figure")
        if mark:
            return name
    return ""


def _clean(node: ET.Element) -> None:
    """Drop what is not listed, and the name spaces, which HTML does not know."""
    node.tag = node.tag.removeprefix(_SPACE)
    for child in list(node):
        if isinstance(child.tag, str) and child.tag.removeprefix(_SPACE) in _SHAPES:
            _clean(child)
        else:
            node.remove(child)
    for name, value in list(node.attrib.items()):
        if name not in _ATTRIBUTES or _OUTSIDE.search(value):
            del node.attrib[name]
        if name in (_LINK, "href") and value.startswith("#"):
            node.set("href", value)
