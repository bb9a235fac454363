-- Each machine as it is now, the worst first: a blind one before all others.
-- factory = '': the factory; empty: all
SELECT machine_id, factory_id, machine_model, state, score, silent_hours, last_reading_at, standing_words, is_down,
       down_cause, decision, probability, horizon, scored_at, trend_metric, trend_change_per_week, trend_unit,
       trend_days_to_limit, last_failure_at, last_failure_code, last_maintenance_at, last_maintenance_code, as_of_at
FROM gold.machines_now WHERE factory_id = $factory OR $factory = ''
ORDER BY score NULLS FIRST, silent_hours DESC NULLS FIRST, machine_id, factory_id
