-- Uptime, MTBF and MTTR of each gateway by its heartbeats, against 99.9 %; those that miss it by most first.
-- hours = 3: a gateway is down between two heartbeats that lie further apart, and since its last one
WITH beat AS (
    SELECT factory_id, gateway_id, sent_at, lead(sent_at) OVER (PARTITION BY factory_id, gateway_id ORDER BY sent_at) AS next_at,
           max(sent_at) OVER () AS newest_at
    FROM silver.gateway_heartbeats
), gap AS (
    SELECT factory_id, gateway_id, sent_at, next_at IS NOT NULL AS has_ended,
           date_diff('second', sent_at, coalesce(next_at, newest_at)) / 3600 AS gap_hours
    FROM beat
), total AS (
    SELECT factory_id, gateway_id, min(sent_at) AS observed_from, sum(gap_hours) AS observed_hours,
           coalesce(sum(gap_hours) FILTER (gap_hours > $hours), 0) AS down_hours,
           count(*) FILTER (gap_hours > $hours) AS outage_count,
           avg(gap_hours) FILTER (gap_hours > $hours AND has_ended) AS mttr_hours
    FROM gap GROUP BY factory_id, gateway_id
)
SELECT factory_id, gateway_id, observed_from, round(observed_hours, 2) AS observed_hours, round(down_hours, 2) AS down_hours,
       round(1 - down_hours / nullif(observed_hours, 0), 5) AS uptime,
       1 - down_hours / nullif(observed_hours, 0) >= 0.999 AS meets_target, outage_count,
       round((observed_hours - down_hours) / nullif(outage_count, 0), 2) AS mtbf_hours, round(mttr_hours, 2) AS mttr_hours
FROM total ORDER BY uptime, factory_id, gateway_id
