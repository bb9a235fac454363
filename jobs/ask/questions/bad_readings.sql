-- The share of each gateway's and sensor's readings that were set aside, worst first, with the faults.
WITH sent AS (
    SELECT factory_id, gateway_id, machine_id, sensor_id, count(*) AS readings FROM bronze.readings GROUP BY ALL
), bad AS (
    SELECT factory_id, gateway_id, machine_id, sensor_id, count(DISTINCT (_file_id, _line, _column)) AS set_aside,
           string_agg(DISTINCT fault, ', ' ORDER BY fault) AS faults
    FROM (SELECT *, unnest(_faults) AS fault FROM silver.readings_quarantine) GROUP BY ALL
)
SELECT s.factory_id, s.gateway_id, s.machine_id, s.sensor_id, b.set_aside, s.readings,
       b.set_aside / s.readings AS share, b.faults
FROM bad b JOIN sent s ON s.factory_id IS NOT DISTINCT FROM b.factory_id
    AND s.gateway_id IS NOT DISTINCT FROM b.gateway_id AND s.machine_id IS NOT DISTINCT FROM b.machine_id
    AND s.sensor_id IS NOT DISTINCT FROM b.sensor_id
ORDER BY share DESC, set_aside DESC, s.sensor_id LIMIT 50
