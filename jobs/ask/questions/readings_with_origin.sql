-- Each stored reading of a machine with its gateway, file and line: of several records that agree the one that came first.
-- machine = '': the machine; empty: all
-- metric = '': the metric; empty: all
-- days = 1: how many days back from the newest reading
WITH stored AS (
    SELECT measured_at, machine_id, factory_id, sensor_id, metric, value, unit, local_date, shift FROM silver.readings
    WHERE (machine_id = $machine OR $machine = '') AND (metric = $metric OR $metric = '')
      AND measured_date > (SELECT max(measured_date) FROM silver.readings) - $days
), sent AS (
    SELECT r.* REPLACE (trim(nfc_normalize(r.factory_id)) AS factory_id, trim(nfc_normalize(r.machine_id)) AS machine_id,
               trim(nfc_normalize(r.sensor_id)) AS sensor_id, trim(nfc_normalize(r.metric)) AS metric),
           f.path, f.modified_at AS file_at
    FROM bronze.readings r JOIN bronze.files f USING (_file_id, _batch_id)
    WHERE f.outcome IN ('read', 'file_changed', 'repaired') AND r.measured_at >= (SELECT min(measured_at) FROM stored)
      AND r._file_id NOT IN (SELECT unnest(replaces) FROM bronze.files WHERE outcome IN ('read', 'file_changed'))
      AND NOT EXISTS (FROM silver.readings_quarantine q WHERE q._file_id = r._file_id AND q._line = r._line
          AND q._column IS NOT DISTINCT FROM r._column)
)
SELECT s.measured_at, s.local_date, s.shift, s.machine_id, s.factory_id, s.sensor_id, s.metric, s.value, s.unit,
       r.gateway_id, r.sequence, r.path, r._line, r._column, r.file_at,
       count(r.path) OVER (PARTITION BY s.factory_id, s.machine_id, s.sensor_id, s.metric, s.measured_at) AS records
FROM stored s LEFT JOIN sent r USING (factory_id, machine_id, sensor_id, metric, measured_at)
QUALIFY row_number() OVER (PARTITION BY s.factory_id, s.machine_id, s.sensor_id, s.metric, s.measured_at
    ORDER BY r.file_at, r.path, r._line) = 1
ORDER BY s.measured_at DESC, s.machine_id, s.sensor_id, s.metric
