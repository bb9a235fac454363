-- What each machine measured in each shift of the last days, in the factory's own time; values in the metric's unit.
-- machine = '': the machine; empty: all
-- metric = '': the metric; empty: all
-- days = 2: how many days back from the newest reading
SELECT local_date, shift, machine_id, factory_id, metric, count(*) AS reading_count, avg(value) AS mean,
       min(value) AS minimum, max(value) AS maximum, count(*) FILTER (is_warning) AS warning_count, unit
FROM silver.readings
WHERE (machine_id = $machine OR $machine = '') AND (metric = $metric OR $metric = '')
  AND measured_date > (SELECT max(measured_date) FROM silver.readings) - $days - 1
  AND local_date > (SELECT max(local_date) FROM silver.readings) - $days
GROUP BY ALL ORDER BY local_date DESC, min(local_hour), machine_id, factory_id, metric
