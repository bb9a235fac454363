"""A JSON object within a text field, such as the attributes of a machine: its members as texts."""

from __future__ import annotations

import json


def members_of(text: str | None) -> dict[str, str]:
    """The members of a JSON object as texts, null ones left out; none where the text is no object, or is too deep.

    A member that is no text is written as JSON without spaces; half a character of a text becomes a question mark.
    """
    try:
        value = json.loads(text, strict=False) if text else {}
        members = value.items() if isinstance(value, dict) else ()
        return {name: _text(member) for name, member in members if member is not None}
    except (ValueError, RecursionError):
        return {}


def _text(member: object) -> str:
    text = member if isinstance(member, str) else json.dumps(member, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")
