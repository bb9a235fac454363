"""A message: what one channel is notified of at once, as JSON for programs and text for people."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobs.alerts.condition import Severity
from jobs.alerts.items import Change, Item

FORMAT = "assay.alerts/1"
# Alerts that a message names; the others it counts. A person reads no more at once, and receivers bound a message.
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Origin:
    """Which installation a message is from."""

    plant: str
    host: str


@dataclass(frozen=True, slots=True)
class Fold:
    """Alerts that came and went while they could not be delivered, and were counted instead of being listed."""

    severity: Severity
    kind: str
    alerts: int


@dataclass(frozen=True, slots=True)
class Message:
    """What is delivered, always the same under one delivery id.

    Attributes:
        delivery_id: A receiver that has seen it before drops the message.
        severity: The highest of its alerts.
        body: The JSON that is posted, see docs/alerts.md.
    """

    delivery_id: str
    severity: Severity
    body: str

    @property
    def kind(self) -> str:
        """What the message is: alert, recovery, summary, escalation or test."""
        return str(self._data()["kind"])

    @property
    def title(self) -> str:
        """What has changed, one line."""
        return str(self._data()["title"])

    @property
    def text(self) -> str:
        """The lines that a person reads."""
        return str(self._data()["text"])

    @property
    def created_at(self) -> datetime:
        """When the message was made."""
        return datetime.fromisoformat(self._data()["created_at"])

    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)
        return data


def compose(
    delivery_id: str, items: Sequence[Item], folds: Sequence[Fold], origin: Origin, now: datetime, level: int = 0
) -> Message:
    """One message of all changes; the first `MOST_NAMED` are named, the others counted."""
    severity = max([*(item.severity for item in items), *(fold.severity for fold in folds)], default=Severity.INFO)
    more = Counter((item.change.value, item.severity, item.alert.condition.kind) for item in items[MOST_NAMED:])
    for fold in folds:
        more[Change.RECOVERED_MEANWHILE.value, fold.severity, fold.kind] += fold.alerts
    counts = Counter(item.change.value for item in items)
    counts[Change.RECOVERED_MEANWHILE.value] += sum(fold.alerts for fold in folds)
    title = _title(items, +counts, severity)
    data = {
        "format": FORMAT,
        "delivery_id": delivery_id,
        "created_at": now.isoformat(),
        "kind": _kind(items),
        "severity": severity.word,
        "plant": origin.plant,
        "host": origin.host,
        "escalation_level": level,
        "title": title,
        "text": "\n".join(_text(title, items, more)),
        "counts": {change.value: counts[change.value] for change in Change},
        "alerts": [_alert(item) for item in items[:MOST_NAMED]],
        "more": [
            {"change": change, "severity": each.word, "kind": kind, "alerts": number}
            for (change, each, kind), number in sorted(more.items())
        ],
    }
    return Message(delivery_id, severity, json.dumps(data, ensure_ascii=False))


def compose_test(delivery_id: str, origin: Origin, now: datetime) -> Message:
    """A message that says that alerts arrive."""
    title = f"test of the alerts of {origin.plant} on {origin.host}: nothing is wrong, this message has arrived"
    data = {
        "format": FORMAT,
        "delivery_id": delivery_id,
        "created_at": now.isoformat(),
        "kind": "test",
        "severity": Severity.INFO.word,
        "plant": origin.plant,
        "host": origin.host,
        "escalation_level": 0,
        "title": title,
        "text": title,
        "counts": {change.value: 0 for change in Change},
        "alerts": [],
        "more": [],
    }
    return Message(delivery_id, Severity.INFO, json.dumps(data, ensure_ascii=False))


def _kind(items: Sequence[Item]) -> str:
    if any(item.held for item in items):
        return "summary"
    changes = {item.change for item in items}
    if changes == {Change.ESCALATED}:
        return "escalation"
    return "recovery" if changes == {Change.RECOVERED} else "alert"


def _title(items: Sequence[Item], counts: Counter[str], severity: Severity) -> str:
    if counts.total() == 1 and items:
        return _line(items[0])
    changes = ", ".join(f"{number} {change.replace('_', ' ')}" for change, number in sorted(counts.items()))
    held = "after the quiet hours: " if any(item.held for item in items) else ""
    return f"{held}{changes}; the most severe is {severity.word}"


def _text(title: str, items: Sequence[Item], more: Counter[tuple[str, Severity, str]]) -> list[str]:
    lines = [title]
    for item in items[:MOST_NAMED]:
        if _line(item) != title:
            lines.append(_line(item))
        detail = item.alert.condition.detail
        if detail and item.alert.recovered_at is None:
            lines.append(f"  {detail}")
    return [*lines, *_more_lines(more)]


def _line(item: Item) -> str:
    held = " (held back in quiet hours)" if item.held else ""
    change = item.change.value.replace("_", " ")
    return f"{item.severity.word.upper()} {change}{held}: {item.alert.condition.subject}"


def _more_lines(more: Counter[tuple[str, Severity, str]]) -> list[str]:
    return [
        f"and {number} more {severity.word} {kind}, {change.replace('_', ' ')}"
        for (change, severity, kind), number in sorted(more.items(), key=lambda each: (-each[0][1], each[0]))
    ]


def _alert(item: Item) -> dict[str, Any]:
    alert, condition = item.alert, item.alert.condition
    return {
        "key": condition.key,
        "change": item.change.value,
        "severity": item.severity.word,
        "kind": condition.kind,
        "subject": condition.subject,
        "detail": condition.detail,
        "source": condition.source,
        "opened_at": alert.opened_at.isoformat(),
        "recovered_at": None if alert.recovered_at is None else alert.recovered_at.isoformat(),
        "acknowledged_by": None if alert.acknowledgement is None else alert.acknowledgement.who,
        "held_in_quiet_hours": item.held,
    }
