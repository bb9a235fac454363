-- What was recorded and what was unusual in the days before a failure.
-- machine = '': the machine; empty: that of the newest failure
-- days = 7: how many days before
WITH failure AS (
    SELECT machine_id, factory_id, code, occurred_at FROM silver.machine_events
    WHERE kind = 'failure' AND (machine_id = $machine OR $machine = '') ORDER BY occurred_at DESC, machine_id LIMIT 1
)
SELECT f.machine_id, f.code AS failure, f.occurred_at AS failed_at, e.occurred_at AS happened_at, e.local_date,
       e.kind AS what, e.code AS detail, NULL AS peak
FROM failure f JOIN silver.machine_events e USING (machine_id, factory_id)
WHERE e.occurred_at < f.occurred_at AND e.occurred_at >= f.occurred_at - to_days($days)
UNION ALL
SELECT f.machine_id, f.code, f.occurred_at, a.raised_at, a.local_date, a.kind || ', ' || a.severity, a.metric, a.peak
FROM failure f JOIN silver.anomalies a USING (machine_id, factory_id)
WHERE a.raised_at < f.occurred_at AND coalesce(a.cleared_at, f.occurred_at) >= f.occurred_at - to_days($days)
ORDER BY happened_at
