-- Alarms of machines that nobody answered: no work, no failure and no technician's answer since they began.
-- days = 14: how many days back from the newest score
-- clear = 2: hours without an alarm after which the next one is another; the policy's alarm_clear_s
WITH last AS (
    SELECT max(scored_at) AS at FROM gold.predictions
), alarm AS (
    SELECT machine_id, factory_id, source, scored_at, decision, probability,
           scored_at - lag(scored_at) OVER same <= to_hours($clear) AS goes_on
    FROM gold.predictions, last WHERE decision <> 'none' AND scored_at > last.at - to_days($days)
    WINDOW same AS (PARTITION BY machine_id, factory_id, source ORDER BY scored_at)
), numbered AS (
    SELECT *, count(*) FILTER (goes_on IS NOT TRUE) OVER (
        PARTITION BY machine_id, factory_id, source ORDER BY scored_at) AS number
    FROM alarm
), episode AS (
    SELECT machine_id, factory_id, source, number, min(scored_at) AS began_at, max(scored_at) AS last_alarm_at,
           max(probability) AS probability, arg_max(decision, probability) AS decision
    FROM numbered GROUP BY ALL
), answer AS (
    SELECT machine_id, factory_id, occurred_at AS at FROM silver.machine_events WHERE kind IN ('maintenance', 'failure')
    UNION ALL
    SELECT machine_id, factory_id, answered_at FROM silver.alarm_answers WHERE answer <> 'acknowledged'
), held AS (
    SELECT machine_id, factory_id, answered_at, answered_by FROM silver.alarm_answers WHERE answer = 'acknowledged'
)
SELECT e.machine_id, e.factory_id, e.source, began_at, last_alarm_at, decision, round(probability, 4) AS probability,
       date_diff('hour', began_at, last.at) AS hours_since,
       (SELECT max(h.answered_at) FROM held h WHERE h.machine_id = e.machine_id AND h.factory_id = e.factory_id
        AND h.answered_at >= began_at) AS acknowledged_at
FROM episode e, last
WHERE NOT EXISTS (FROM answer a WHERE a.machine_id = e.machine_id AND a.factory_id = e.factory_id AND a.at >= began_at)
ORDER BY began_at, e.machine_id, e.factory_id, e.source
