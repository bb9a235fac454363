-- Uptime of the pipeline itself against 99.9 %: it is down while a landed file waits longer than it may to be read.
-- hours = 2: how long a landed file may wait; the profile's freshness
-- days = 90: how many days back from the newest run that read files
WITH batch AS (
    SELECT min(_ingested_at) AS read_at, min(modified_at) AS landed_at FROM bronze.files GROUP BY _batch_id
), waited AS (  -- a file that the run before did not see was not there then, whatever its own time says
    SELECT read_at, lag(read_at) OVER (ORDER BY read_at) AS before_at, landed_at FROM batch
), run AS (
    SELECT read_at, date_diff('second', before_at, read_at) / 3600 AS observed_hours,
           greatest(date_diff('second', greatest(before_at, landed_at), read_at) / 3600 - $hours, 0) AS late_hours
    FROM waited WHERE before_at IS NOT NULL AND read_at > (SELECT max(read_at) FROM waited) - to_days($days)
), total AS (
    SELECT count(*) AS run_count, coalesce(sum(observed_hours), 0) AS observed_hours, coalesce(sum(late_hours), 0) AS down_hours,
           count(*) FILTER (late_hours > 0) AS outage_count
    FROM run
)
SELECT run_count, round(observed_hours, 2) AS observed_hours, round(down_hours, 2) AS down_hours,
       round(1 - down_hours / nullif(observed_hours, 0), 5) AS uptime,
       1 - down_hours / nullif(observed_hours, 0) >= 0.999 AS meets_target, outage_count,
       round((observed_hours - down_hours) / nullif(outage_count, 0), 2) AS mtbf_hours,
       round(down_hours / nullif(outage_count, 0), 2) AS mttr_hours
FROM total
