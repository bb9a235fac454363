-- How machines were on the newest dates, worst first, with what each score is made of.
-- machine = '': the machine; empty: all
-- days = 1: how many days back from the newest date
SELECT local_date, machine_id, factory_id, state, round(score, 1) AS score, round(warning_points, 1) AS warning_points,
       round(critical_points, 1) AS critical_points, round(anomaly_points, 1) AS anomaly_points,
       round(trend_points, 1) AS trend_points, warning_metric, round(warning_frac, 3) AS warning_frac,
       critical_event_count, round(anomaly_frac, 4) AS anomaly_frac, trend_metric, trend_days_to_limit, silent_metrics
FROM gold.machine_health
WHERE (machine_id = $machine OR $machine = '')
  AND local_date > (SELECT max(local_date) FROM gold.machine_health) - $days
ORDER BY local_date DESC, score NULLS FIRST, machine_id, factory_id
