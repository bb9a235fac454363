-- When each gateway was last heard of, and how late its readings came on the last days, by the files that brought them.
-- days = 7: how many days back from the newest reading of the plant
WITH every AS (
    SELECT coalesce(gateway_id, 'mapping ' || mapping, 'unknown') AS gateway, *,
           accepted_count + quarantined_count AS timed_count
    FROM gold.gateway_daily
), recent AS (
    SELECT * FROM every WHERE timed_count > 0 AND day > (SELECT max(day) FROM every WHERE timed_count > 0) - $days
), known AS (
    SELECT factory_id, gateway, max(last_reading_at) AS last_reading_at, max(delivered_last_at) AS last_delivery_at
    FROM every GROUP BY factory_id, gateway
), wrong AS (
    SELECT factory_id, coalesce(gateway_id, 'mapping ' || mapping, 'unknown') AS gateway,
           sum(reading_count)::BIGINT AS clock_suspect_ever, max(delivered_last_at) AS clock_suspect_last_came_at
    FROM gold.clock_suspects GROUP BY ALL
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
       worst_median_hours, worst_p95_hours, longest_hours, bad_share, unknown_deliveries,
       coalesce(clock_suspect_ever, 0) AS clock_suspect_ever,
       clock_suspect_last_came_at
FROM known FULL JOIN wrong USING (factory_id, gateway) LEFT JOIN late USING (factory_id, gateway) ORDER BY last_reading_at NULLS FIRST, factory_id, gateway
