-- How the version that scores in shadow does beside the champion and the plain rule, week by week.
-- weeks = 8: how many of the newest weeks
SELECT period_start_at::DATE AS week, model_version, source, horizon, round(matured_frac, 3) AS matured_frac,
       event_count AS failures, caught_count AS caught, too_late_count AS too_late, missed_count AS missed,
       round(recall, 3) AS recall, round(recall_low, 3) AS recall_low, round(recall_high, 3) AS recall_high,
       round(precision, 3) AS precision, round(false_alarms_per_machine_year, 2) AS false_per_machine_year,
       round(lead_hours_median, 1) AS lead_hours, cost_cents / 100 AS cost_usd, note
FROM gold.model_performance WHERE period = 'week' AND slice = 'fleet' AND source <> 'edge' AND period_start_at >= (
    SELECT min(period_start_at) FROM gold.model_performance WHERE source = 'shadow')
QUALIFY dense_rank() OVER (ORDER BY period_start_at DESC) <= $weeks
ORDER BY week DESC, source, model_version
