"""Every size and timeout of a gateway."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edge_bundle.gateway.errors import ConfigError

DAY_S = 86_400
_GATEWAY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")


@dataclass(frozen=True)
class GatewayConfig:
    """Settings of one gateway. Source of starting values: `docs/decisions/0124-starting-values.md`.

    Attributes:
        gateway_id: Name in uplink files: letters, digits, ``_ . -``, at most 64.
        grace_s: A grid time is scored once a reading this much later has come; late sensors fit in. 0: at once.
        keep_readings_s: How long readings are stored, to find duplicates and rebuild windows. Starting value.
        keep_outbox_s: Records that could not be sent are dropped, counted, when older. Starting value.
        outbox_bytes: And the least urgent, oldest ones when all are larger than this.
        state_bytes: The state file grows no larger; then raw readings give way first, scores next, alerts last.
        reserve_bytes: Space set aside on the card for alerts, and as much to work with when it is full.
        commit_every: Records taken in one commit.
        commit_s: Longest time that a record from stdin waits for its commit. Source: at most 0.2 s are lost by a kill.
        merge_readings: Readings in memory, and in the journal, before they are merged into segments.
        merge_commits: Commits in the journal before they are merged.
        alert_s: Live input: shortest time between two files of alerts.
        send_s: Live input: shortest time between two files of scores.
        check_age_s: Live input: how often records that wait too long are looked for.
        close_every_s: How often the clock closes grid times while lines come on stdin.
        batch_rows: Records of one uplink file.
        repeat_alert_s: A reading's alert is raised again after this time, as long as its condition lasts.
        clear_alert_s: A reading's alarm clears when its condition was absent for this long. Source: EEMUA 191,
            off-delay of temperatures and levels.
        alert_band_frac: A raised alarm counts as absent only where the reading is inside the limit by this fraction of
            the metric's range. Source: EEMUA 191, deadband of temperatures, 1 %.
        max_line_bytes: A longer line is rejected.
        latency_budget_us: Decisions that take longer are counted. Starting value, 50 ms.
    """

    gateway_id: str
    grace_s: int = 0
    keep_readings_s: int = 7 * DAY_S
    keep_outbox_s: int = 7 * DAY_S
    outbox_bytes: int = 256 * 1024 * 1024
    state_bytes: int = 1024 * 1024 * 1024
    reserve_bytes: int = 2 * 1024 * 1024
    commit_every: int = 20_000
    commit_s: float = 0.1
    merge_readings: int = 20_000
    merge_commits: int = 5_000
    alert_s: float = 1.0
    send_s: float = 5.0
    check_age_s: float = 60.0
    close_every_s: float = 1.0
    batch_rows: int = 10_000
    repeat_alert_s: int = 3600
    clear_alert_s: int = 60
    alert_band_frac: float = 0.01
    max_line_bytes: int = 1024 * 1024
    latency_budget_us: int = 50_000

    def __post_init__(self) -> None:
        if _GATEWAY_ID.match(self.gateway_id) is None:
            raise ConfigError(f"gateway id {self.gateway_id!r}; legal: letters, digits, _ . -, at most 64")
        for name in (
            "keep_readings_s",
            "keep_outbox_s",
            "outbox_bytes",
            "state_bytes",
            "merge_readings",
            "merge_commits",
            "commit_every",
            "batch_rows",
            "max_line_bytes",
            "latency_budget_us",
        ):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; legal: 1 or more")
        for name in (
            "grace_s",
            "repeat_alert_s",
            "clear_alert_s",
            "alert_band_frac",
            "reserve_bytes",
            "commit_s",
            "alert_s",
            "send_s",
            "check_age_s",
            "close_every_s",
        ):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; legal: 0 or more")
