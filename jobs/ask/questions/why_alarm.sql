-- Why alarms of the last days were raised: what added most to each score, in words.
-- machine = '': the machine; empty: all
-- days = 7: how many days back from the newest alarm
-- reasons = 3: how many reasons of each
SELECT machine_id, factory_id, scored_at, decision, rank, words, contribution, bundle
FROM gold.alarm_reasons
WHERE (machine_id = $machine OR $machine = '') AND rank <= $reasons
  AND scored_at > (SELECT max(scored_at) FROM gold.alarm_reasons) - to_days($days)
ORDER BY scored_at DESC, machine_id, rank
