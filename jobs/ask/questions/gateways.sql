-- What each gateway last reported of itself: silent for how long, battery, memory, version; those to look at first.
-- battery = 20: a charge at or below this many percent is low
-- hours = 24: a gateway is silent that reported nothing for so many hours before the newest report of any
WITH newest AS (
    SELECT factory_id, gateway_id, max(sent_at) AS last_report_at, arg_max(battery_pct, sent_at) AS battery_pct,
           arg_max(memory_used_pct, sent_at) AS memory_used_pct, arg_max(disk_used_pct, sent_at) AS disk_used_pct,
           arg_max(latency_ms, sent_at) AS latency_ms, arg_max(uptime_s, sent_at) / 3600 AS uptime_hours,
           arg_max(software_version, sent_at) AS software_version, arg_max(slot, sent_at) AS slot,
           arg_max(bundle, sent_at) AS bundle
    FROM silver.gateway_heartbeats GROUP BY ALL
), seen AS (
    SELECT *, date_diff('minute', last_report_at, max(last_report_at) OVER ()) / 60 AS silent_hours FROM newest
)
SELECT factory_id, gateway_id, last_report_at, round(silent_hours, 2) AS silent_hours, silent_hours >= $hours AS is_silent,
       battery_pct, coalesce(battery_pct <= $battery, false) AS is_low, memory_used_pct, disk_used_pct, latency_ms,
       round(uptime_hours, 2) AS uptime_hours, software_version, slot, bundle
FROM seen ORDER BY is_silent DESC, is_low DESC, silent_hours DESC, factory_id, gateway_id
