-- What drifts: features and scores whose distribution moved beyond a limit, newest first, the farthest first.
-- days = 7: how many days back from the newest window
SELECT until_date, verdict, scope, name, feature, bundle, reasons, round(ks, 2) AS ks, round(ks_limit, 2) AS ks_limit,
       round(psi, 2) AS psi, round(psi_limit, 2) AS psi_limit, round(kl, 2) AS kl, round(kl_limit, 2) AS kl_limit,
       row_count, reference_row_count
FROM gold.drift
WHERE verdict IN ('WARN', 'DRIFT') AND until_date > (SELECT max(until_date) FROM gold.drift) - $days
ORDER BY until_date DESC, verdict, psi / psi_limit DESC, scope, name, feature LIMIT 50
