-- How fresh each factory's part of the main tables is, beside the newest of the plant; what is furthest behind first.
-- hours = 2: a factory's part is late that ends so many hours before the newest of its table
WITH part AS (
    SELECT 'silver.readings' AS table_name, factory_id, max(last_at) AS newest_at FROM silver.sensor_days GROUP BY ALL
    UNION ALL SELECT 'silver.buckets', factory_id, max(bucket_at) FROM silver.buckets GROUP BY ALL
    UNION ALL SELECT 'gold.machine_features', factory_id, max(scored_at) FROM gold.machine_features GROUP BY ALL
    UNION ALL SELECT 'gold.predictions, ' || source, factory_id, max(scored_at) FROM gold.predictions GROUP BY ALL
), behind AS (
    SELECT *, date_diff('second', newest_at, max(newest_at) OVER (PARTITION BY table_name)) / 3600 AS behind_hours FROM part
)
SELECT table_name, factory_id, newest_at, round(behind_hours, 2) AS behind_hours, behind_hours >= $hours AS is_late
FROM behind ORDER BY behind_hours DESC, table_name, factory_id
