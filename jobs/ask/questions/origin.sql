-- Where a reading came from: file, line and value as sent, of every record of a machine and metric at a time.
-- machine = '': the machine
-- metric = '': the metric
-- measured_at = '': the time, UTC, as 2026-03-01T00:00:00
SELECT r.sensor_id, r.measured_at, r.value, r.unit, r.gateway_id, f.path, r._line, r._column, f.modified_at,
       f._ingested_at, f.outcome, f.detail
FROM bronze.readings r JOIN bronze.files f USING (_file_id, _batch_id)
WHERE r.machine_id = $machine AND r.metric = $metric AND r.measured_at = try_cast($measured_at || '+00' AS TIMESTAMPTZ)
ORDER BY r.sensor_id, f.path, r._line
