-- Alarms of machines that nobody answered: no work, no failure and no technician's answer since they began.
-- days = 14: how many days back from the newest score
-- clear_s = policy.alarm_clear_s: seconds without an alarm after which the next one is another
WITH RECURSIVE step AS (
    SELECT machine_id, factory_id AS place, moved_from AS other FROM silver.machines WHERE moved_from IS NOT NULL
    UNION SELECT machine_id, moved_from, factory_id FROM silver.machines WHERE moved_from IS NOT NULL
), reached AS (  -- the factories of a machine that moved, from each of them
    FROM step UNION SELECT r.machine_id, r.place, s.other FROM reached r
    JOIN step s ON s.machine_id = r.machine_id AND s.place = r.other
), home AS (
    SELECT machine_id, place AS factory_id, min(other) AS home_id FROM reached GROUP BY ALL
), last AS (
    SELECT max(scored_at) AS at FROM gold.predictions
), score AS (
    SELECT p.* EXCLUDE (factory_id), p.factory_id, coalesce(h.home_id, p.factory_id) AS home_id
    FROM gold.predictions p LEFT JOIN home h ON h.machine_id = p.machine_id AND h.factory_id = p.factory_id
), alarm AS (
    SELECT machine_id, factory_id, home_id, source, scored_at, decision, probability,
           scored_at - lag(scored_at) OVER same <= to_seconds($clear_s) AS goes_on
    FROM score, last WHERE decision <> 'none' AND scored_at > last.at - to_days($days)
    WINDOW same AS (PARTITION BY machine_id, home_id, source ORDER BY scored_at)
), numbered AS (
    SELECT *, count(*) FILTER (goes_on IS NOT TRUE) OVER (
        PARTITION BY machine_id, home_id, source ORDER BY scored_at) AS number
    FROM alarm
), episode AS (
    SELECT machine_id, home_id, source, number, arg_max(factory_id, scored_at) AS factory_id,
           min(scored_at) AS began_at, max(scored_at) AS last_alarm_at,
           max(probability) AS probability, arg_max(decision, probability) AS decision
    FROM numbered GROUP BY machine_id, home_id, source, number
), given AS (
    SELECT machine_id, factory_id, occurred_at AS at, false AS is_held FROM silver.machine_events
    WHERE kind IN ('maintenance', 'failure')
    UNION ALL
    SELECT machine_id, factory_id, answered_at, answer = 'acknowledged' FROM silver.alarm_answers
), answer AS (
    SELECT g.machine_id, coalesce(h.home_id, g.factory_id) AS home_id, g.at, g.is_held
    FROM given g LEFT JOIN home h ON h.machine_id = g.machine_id AND h.factory_id = g.factory_id
)
SELECT e.machine_id, e.factory_id, e.source, began_at, last_alarm_at, decision, round(probability, 4) AS probability,
       date_diff('hour', began_at, last.at) AS hours_since,
       (SELECT max(a.at) FROM answer a WHERE a.is_held AND a.machine_id = e.machine_id AND a.home_id = e.home_id
        AND a.at >= began_at) AS acknowledged_at
FROM episode e, last
WHERE NOT EXISTS (FROM answer a WHERE NOT a.is_held AND a.machine_id = e.machine_id AND a.home_id = e.home_id
                  AND a.at >= began_at)
ORDER BY began_at, e.machine_id, e.factory_id, e.source
