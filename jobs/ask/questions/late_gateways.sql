-- When each gateway was last heard of, and how late its readings come: time of the file less time of the reading.
SELECT r.factory_id, r.gateway_id, max(r.measured_at) AS last_reading_at, max(f.modified_at) AS last_file_at,
       quantile_cont(epoch(f.modified_at - r.measured_at) / 3600, 0.5) AS median_hours_late,
       quantile_cont(epoch(f.modified_at - r.measured_at) / 3600, 0.95) AS p95_hours_late
FROM bronze.readings r JOIN bronze.files f USING (_file_id, _batch_id)
WHERE f.outcome IN ('read', 'file_changed') GROUP BY ALL ORDER BY last_reading_at, r.gateway_id
