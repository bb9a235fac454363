-- What was known before failures that no alarm announced in time: scores, gaps, anomalies, and the most unusual features.
-- machine = '': the machine; empty: all
-- days = 90: how many days back from the newest such failure
-- features = 3: how many features of each
WITH newest AS (SELECT max(failed_at) AS failed_at FROM gold.missed_failures),
unusual AS (
    SELECT model_version, source, horizon, machine_id, factory_id, failed_at,
           string_agg(feature || ' ' || coalesce(printf('%.4g', value), 'missing') || ', usual '
                      || coalesce(printf('%.4g', usual), 'unknown') || ', unusual '
                      || coalesce(printf('%.2f', unusual_frac), 'unknown'), '; ' ORDER BY rank) AS unusual_features,
           bool_and(is_as_scored) AS is_as_scored
    FROM gold.missed_failure_features WHERE rank <= $features GROUP BY ALL
)
SELECT machine_id, factory_id, failed_at, failure_kinds AS failure, outcome, cause, words, unusual_features, is_as_scored,
       highest_decision, round(highest_probability, 3) AS highest, round(highest_probability_1d, 3) AS day_1,
       round(highest_probability_2d, 3) AS day_2, round(highest_probability_3d, 3) AS day_3,
       round(highest_probability_4d, 3) AS day_4, round(highest_probability_5d, 3) AS day_5,
       round(highest_probability_6d, 3) AS day_6, round(highest_probability_7d, 3) AS day_7,
       round(longest_gap_h, 1) AS longest_gap_h, unscored_count, unscored_reason, round(lead_hours, 1) AS lead_hours,
       alarm_ended_at, anomalies, gateway_alerts, known_at, model_version, source, horizon
FROM gold.missed_failures
LEFT JOIN unusual USING (model_version, source, horizon, machine_id, factory_id, failed_at)
WHERE (machine_id = $machine OR $machine = '')
  AND failed_at > (SELECT newest.failed_at FROM newest) - to_days($days)
ORDER BY failed_at DESC, machine_id, model_version, source, horizon
