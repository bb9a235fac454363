"""A bundle's end: from then on its models say nothing any more. Readings and rules of limits go on.

A gateway whose clock is not set has no expired bundle. One that expired by a clock which went wrong is in use again
as soon as the clock is right.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from domain.alarm import AlarmRule, AlarmState, observe
from domain.score_alarm import REPEAT_S

from edge_bundle.gateway.config import GatewayConfig
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.scoring.alerts import Alert
from edge_bundle.gateway.state.store import Store

NAME = "expiry_alarm"
CODE = "BUNDLE_EXPIRED"
WARNING = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Expiry:
    """Asks whether the bundle has expired, and says so once a day.

    Attributes:
        is_over: As of the last look.
    """

    def __init__(self, bundle: str, expires_at: str | None, config: GatewayConfig, factory_id: str) -> None:
        """Begin with a bundle in use.

        Args:
            bundle: Its name, version and build.
            expires_at: The manifest's.
            config: By which gateway it is announced.
            factory_id: What the alert names as the factory.
        """
        self.is_over = False
        self._bundle, self._expires_at = bundle, expires_at
        self._end_us = _end_us(expires_at)
        self._names = (config.gateway_id, factory_id)
        self._rule = AlarmRule(0, REPEAT_S * US)
        self._state = AlarmState()
        self._saved = json.dumps(self._state.to_list())

    def is_over_at(self, now_us: int) -> bool:
        """Whether the bundle has expired by a clock that says `now_us`."""
        self.is_over = now_us >= self._end_us
        return self.is_over

    def look(self, now_us: int, at_us: int) -> Alert | None:
        """The alert that the end of the bundle raises, if any.

        Args:
            now_us: The gateway's clock, microseconds since epoch.
            at_us: Running time.
        """
        self.is_over_at(now_us)
        self._state, changes = observe(self._state, self._rule, at_us, int(self.is_over), CODE)
        if not any(change.is_announced for change in changes):
            return None
        text = f"bundle {self._bundle} expired at {self._expires_at}; nothing is scored, limits are still checked"
        return Alert(now_us, *self._names, CODE, WARNING, None, None, None, f"{text}; load a newer bundle")

    def save(self, store: Store) -> None:
        """Put what was announced into the state, where it changed."""
        text = json.dumps(replace(self._state, at_us=0).to_list())
        if text != self._saved:
            self._saved = text
            store.put_about(NAME, json.dumps(self._state.to_list()))

    def restore(self, store: Store) -> None:
        """Take over what was announced."""
        text = store.about(NAME)
        if text:
            self._state = AlarmState.of_list(json.loads(text))


def _end_us(expires_at: str | None) -> int:
    """When the bundle expires, microseconds since epoch; later than every clock for never."""
    if expires_at is None:
        return 2**62
    return (datetime.fromisoformat(expires_at.replace("Z", "+00:00")) - _EPOCH) // timedelta(microseconds=1)
