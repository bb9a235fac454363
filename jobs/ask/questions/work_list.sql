-- What to do first: machines with a reason to act, by the cost that is expected of leaving them.
-- factory = '': the factory; empty: all
-- most = 20: how many
SELECT rank, machine_id, factory_id, action, reasons, expected_cost_cents / 100 AS expected_cost_usd,
       round(probability, 4) AS probability, probability_from, horizon, consequence_cents / 100 AS consequence_usd,
       consequence_from, repair_hours, repair_hours_from, penalty_usd_per_hour, standby_frac, is_default_price, as_of_at
FROM gold.work_list WHERE factory_id = $factory OR $factory = '' ORDER BY rank LIMIT $most
