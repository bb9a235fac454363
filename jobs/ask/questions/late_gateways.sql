-- When each gateway was last heard of, and how late its readings came on the last days, by the files that brought them.
-- days = 7: how many days back from the newest reading
WITH recent AS (
    SELECT coalesce(gateway_id, 'mapping ' || mapping, 'unknown') AS gateway, *,
           accepted_count + quarantined_count AS timed_count
    FROM gold.gateway_daily
)
SELECT gateway, max(last_reading_at) AS last_reading_at, max(delivered_last_at) AS last_delivery_at,
       sum(timed_count)::BIGINT AS readings, round(sum(delivered_late_count) / sum(timed_count), 4) AS late_share,
       round(max(delivered_after_p50_s) / 3600, 3) AS worst_median_hours,
       round(max(delivered_after_p95_s) / 3600, 3) AS worst_p95_hours,
       round(max(delivered_after_max_s) / 3600, 3) AS longest_hours,
       round(sum(quarantined_count) / sum(timed_count), 4) AS bad_share,
       sum(delivered_unknown_count)::BIGINT AS unknown_deliveries,
       (SELECT sum(clock_suspect_count) FROM recent junk WHERE junk.gateway = recent.gateway)::BIGINT AS clock_suspect_ever
FROM recent
WHERE timed_count > 0 AND day > (SELECT max(day) FROM recent WHERE timed_count > 0) - $days
GROUP BY gateway ORDER BY last_reading_at, gateway
