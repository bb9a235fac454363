-- Failures by machine model and code, and in how many hours in use.
SELECT m.machine_model, e.code, count(*) AS failures, count(DISTINCT (e.machine_id, e.factory_id)) AS machines,
       any_value(u.observed_hours - u.planned_hours - u.unplanned_hours) AS hours_in_use
FROM silver.machine_events e
LEFT JOIN silver.machines m ON m.machine_id = e.machine_id AND m.factory_id = e.factory_id
    AND e.occurred_at >= m.valid_from AND (m.valid_to IS NULL OR e.occurred_at < m.valid_to)
LEFT JOIN gold.uptime u ON u.scope = 'machine_model' AND u.name = m.machine_model AND u.month IS NULL
WHERE e.kind = 'failure' GROUP BY m.machine_model, e.code ORDER BY failures DESC, m.machine_model, e.code
