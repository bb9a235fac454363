-- What is unusual now, worst first, and since when.
SELECT machine_id, factory_id, sensor_id, metric, kind, severity, raised_at, reading_count, peak
FROM silver.anomalies WHERE cleared_at IS NULL ORDER BY severity, raised_at, machine_id
