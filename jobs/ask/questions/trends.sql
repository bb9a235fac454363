-- What moves more than chance explains, as of each machine's newest week: what nears a limit first.
-- machine = '': the machine; empty: all
-- days = 7: how many days back from the newest date
SELECT machine_id, factory_id, metric, local_date, direction, change_per_week, unit, newest_mean, limit_value,
       days_to_limit, day_count, kendall_s
FROM gold.trends
WHERE (machine_id = $machine OR $machine = '')
  AND local_date > (SELECT max(local_date) FROM gold.trends) - $days
QUALIFY row_number() OVER (PARTITION BY machine_id, factory_id, metric ORDER BY local_date DESC) = 1
  AND direction <> 'steady'
ORDER BY days_to_limit NULLS LAST, abs(kendall_s) DESC, machine_id, factory_id, metric
