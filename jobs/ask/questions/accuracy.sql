-- How well the models did in the newest weeks, on times that they had not seen, beside the plain rule at the same scores.
-- weeks = 2: how many of the newest weeks; the newest one is not over yet
-- slice = 'fleet': fleet, machine_model, site or failure_kind
SELECT period_start_at::DATE AS week, slice_value, model_version, source, horizon, round(matured_frac, 3) AS matured_frac,
       event_count AS failures, caught_count AS caught, too_late_count AS too_late, missed_count AS missed,
       intervened_count AS intervened, round(recall, 3) AS recall, round(recall_low, 3) AS recall_low,
       round(recall_high, 3) AS recall_high, round(precision, 3) AS precision,
       round(false_alarms_per_machine_year, 2) AS false_per_machine_year, round(false_alarms_low, 2) AS false_low,
       round(false_alarms_high, 2) AS false_high, round(lead_hours_median, 1) AS lead_hours, cost_cents / 100 AS cost_usd,
       plain_rule, round(plain_recall, 3) AS plain_recall, round(plain_precision, 3) AS plain_precision,
       round(plain_false_alarms_per_machine_year, 2) AS plain_false_per_machine_year,
       plain_cost_cents / 100 AS plain_cost_usd, note
FROM gold.model_performance WHERE period = 'week' AND slice = $slice AND source <> 'shadow'
QUALIFY dense_rank() OVER (ORDER BY period_start_at DESC) <= $weeks
ORDER BY week DESC, slice_value, model_version, source, horizon
