-- What each rule over several tables found when it was asked last, those that do not hold first.
SELECT rule, table_name, severity, origin, row_count, coalesce(reason, examples) AS found, meaning
FROM gold.rule_checks
ORDER BY coalesce(row_count, 1) = 0, severity, rule
