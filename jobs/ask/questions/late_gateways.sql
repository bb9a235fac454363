-- When each gateway was last heard of, and how late its readings came on the last days, by the files that brought them.
-- days = 7: how many days back from the newest reading of the plant
WITH every AS (
    SELECT coalesce(gateway_id, 'mapping ' || mapping, 'unknown') AS gateway, *,
           accepted_count + quarantined_count AS timed_count
    FROM gold.gateway_daily
), recent AS (
    SELECT * FROM every WHERE timed_count > 0 AND day > (SELECT max(day) FROM every WHERE timed_count > 0) - $days
), known AS (
    SELECT factory_id, gateway, max(last_reading_at) AS last_reading_at, max(delivered_last_at) AS last_delivery_at,
           sum(clock_suspect_count)::BIGINT AS clock_suspect_ever
    FROM every GROUP BY factory_id, gateway
), late AS (
    SELECT factory_id, gateway, sum(timed_count)::BIGINT AS readings,
           round(sum(delivered_late_count) / sum(timed_count), 4) AS late_share,
           round(max(delivered_after_p50_s) / 3600, 3) AS worst_median_hours,
           round(max(delivered_after_p95_s) / 3600, 3) AS worst_p95_hours,
           round(max(delivered_after_max_s) / 3600, 3) AS longest_hours,
           round(sum(quarantined_count) / sum(timed_count), 4) AS bad_share,
           sum(delivered_unknown_count)::BIGINT AS unknown_deliveries
    FROM recent GROUP BY factory_id, gateway
)
SELECT factory_id, gateway, last_reading_at, last_delivery_at, coalesce(readings, 0) AS readings, late_share,
       worst_median_hours, worst_p95_hours, longest_hours, bad_share, unknown_deliveries, clock_suspect_ever
FROM known LEFT JOIN late USING (factory_id, gateway) ORDER BY last_reading_at NULLS FIRST, factory_id, gateway
