-- Which tests of safety functions are due, or will be: when each was last passed, and how many days are left.
-- days = 30: due within so many days from now
SELECT factory_id, machine_id, function_id, kind, last_passed_at, due_at, date_diff('day', now(), due_at) AS days_left,
       due_at <= now() AS is_due, round(interval_h / 24, 1) AS interval_days
FROM gold.safety_tests WHERE due_at <= now() + to_days($days) ORDER BY due_at, factory_id, machine_id, function_id, kind
