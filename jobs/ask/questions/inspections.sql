-- A sample for technicians: machines to look at, drawn at random from the scores, whatever these request; and what was found.
-- hours = policy.sample_answer_hours: for so long after its time a drawn score can be answered; older ones are not listed
WITH last AS (
    SELECT max(scored_at) AS at FROM gold.predictions
), drawn AS (
    SELECT machine_id, factory_id, scored_at, max(sampled_frac) AS sampled_frac, string_agg(DISTINCT source, ', ' ORDER BY source) AS source
    FROM gold.predictions, last WHERE sampled_frac IS NOT NULL AND scored_at > last.at - to_hours($hours)
    GROUP BY machine_id, factory_id, scored_at
), found AS (
    SELECT d.*, (
        SELECT arg_min(a.answer, a.answered_at) FROM silver.alarm_answers a
        WHERE a.machine_id = d.machine_id AND a.factory_id = d.factory_id AND a.answer IN ('confirmed', 'refuted')
          AND a.answered_at > d.scored_at AND a.answered_at <= d.scored_at + to_hours($hours)) AS finding
    FROM drawn d
)
SELECT machine_id, factory_id, 'sample' AS kind, scored_at AS drawn_at, scored_at + to_hours($hours) AS answer_until, source,
       finding, CASE WHEN finding IS NULL THEN 'look at the machine, answer confirmed (a defect) or refuted (none)'
                     ELSE 'answered' END AS do_this
FROM found ORDER BY finding IS NOT NULL, answer_until, machine_id, factory_id
