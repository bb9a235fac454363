-- When each partition of a table was last written, up to which measured time and which batch of files it holds.
-- table = '': a table such as silver.readings; empty: of every table the newest partitions
-- days = 7: without a table, how many days back from its newest partition
WITH every AS (
    SELECT *, max(day) OVER (PARTITION BY table_name) AS newest_day FROM lake.partitions
)
SELECT table_name, partition, row_count, file_count, written_at, measured_until, batch_id, arrived_at, version
FROM every WHERE table_name = $table OR ($table = '' AND (day IS NULL OR day > newest_day - $days))
ORDER BY table_name, day DESC NULLS FIRST, partition
