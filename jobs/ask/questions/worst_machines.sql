-- The machines with most readings beyond a limit in the last days, with what else was unusual.
-- days = 7: how many days back from the newest day
SELECT d.machine_id, d.factory_id, sum(d.critical_count)::BIGINT AS critical_readings,
       sum(d.warning_count)::BIGINT AS warning_readings, any_value(a.statistical) AS statistical_anomalies
FROM gold.machine_daily d
LEFT JOIN (
    SELECT machine_id, factory_id, count(*) AS statistical FROM silver.anomalies
    WHERE kind = 'statistical' AND local_date > (SELECT max(local_date) FROM gold.machine_daily) - $days GROUP BY ALL
) a USING (machine_id, factory_id)
WHERE d.local_date > (SELECT max(local_date) FROM gold.machine_daily) - $days
GROUP BY ALL ORDER BY critical_readings DESC, warning_readings DESC, d.machine_id LIMIT 20
