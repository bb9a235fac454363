-- What happened to every record that a gateway numbered, by day; `loss` is the fraction that never came, worst first.
-- days = 7: how many days back from the newest day of each gateway
SELECT gateway_id, day, state, produced, accepted, duplicate, superseded, quarantined, rejected, blank, summarised, missing,
       round(loss_frac, 6) AS loss, runs, unnumbered
FROM gold.reconciliation r
WHERE day > (SELECT max(day) FROM gold.reconciliation n WHERE n.gateway_id IS NOT DISTINCT FROM r.gateway_id
    AND n.day <= (SELECT max(measured_date) FROM silver.sensor_days)) - $days
ORDER BY loss_frac DESC NULLS FIRST, gateway_id, day DESC
