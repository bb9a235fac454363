-- What stops cost by cause in the last days; without usd_per_hour in the profile hours alone.
-- days = 28: how many days back from the newest stop
SELECT cause, is_planned, count(*) AS stops, sum(hours) AS hours, sum(cost_cents) / 100 AS cost_usd
FROM gold.downtime WHERE from_at > (SELECT max(from_at) FROM gold.downtime) - to_days($days)
GROUP BY ALL ORDER BY hours DESC, cause
