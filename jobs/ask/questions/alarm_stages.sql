-- What each stage of alarms would have caught, and at how many false alarms, on the same failures of each model version.
-- source = 'batch': batch or edge
SELECT model_version, horizon, stage, least_probability, event_count AS failures, caught_count AS caught,
       too_late_count AS too_late, missed_count AS missed, round(recall, 3) AS recall, round(recall_low, 3) AS recall_low,
       round(recall_high, 3) AS recall_high, alarm_count AS alarms, false_count AS false_alarms,
       round(false_alarms_per_machine_year, 2) AS false_per_machine_year, round(false_alarms_low, 2) AS false_low,
       round(false_alarms_high, 2) AS false_high, round(precision, 3) AS precision,
       round(lead_hours_median, 1) AS lead_hours, round(exposure_machine_years, 2) AS machine_years, first_at, last_at
FROM gold.alarm_stages WHERE source = $source
ORDER BY last_at DESC, model_version, horizon,
         list_position(['requested', 'sensitive', 'specific', 'confirmed'], stage)
