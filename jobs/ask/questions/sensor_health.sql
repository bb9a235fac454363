-- Which sensors cannot be believed: called bad by their source, dead, stuck, drifting, noisy, out of calibration, with the figures, newest first.
-- machine = '': the machine; empty: all
-- days = 7: how many days back from the newest date
SELECT measured_date, machine_id, factory_id, sensor_id, metric, verdict, findings, reading_count,
       bad_quality_count AS called_bad, bad_quality_codes AS codes,
       round(expected_count, 1) AS expected, round(missing_frac, 3) AS missing, round(missing_limit, 3) AS missing_limit,
       longest_equal, round(longest_equal_limit, 1) AS equal_limit,
       round(noise_ratio, 2) AS noise_ratio, round(noise_limit, 2) AS noise_limit,
       round(difference, 4) AS difference, round(difference_usual, 4) AS usual, difference_allowed AS allowed,
       round(difference_score, 1) AS score, difference_limit AS score_limit, calibration_due_date AS due
FROM silver.sensor_health
WHERE (len(findings) > 0 OR bad_quality_count > 0) AND (machine_id = $machine OR $machine = '')
  AND measured_date > (SELECT max(measured_date) FROM silver.sensor_health) - $days
ORDER BY measured_date DESC, machine_id, sensor_id, metric LIMIT 100
