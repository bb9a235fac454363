-- Where the records of each feed went.
SELECT feed, sum(records)::BIGINT AS records, sum(accepted)::BIGINT AS accepted, sum(duplicate)::BIGINT AS duplicate,
       sum(quarantined)::BIGINT AS quarantined, sum(rejected)::BIGINT AS rejected, sum(blank)::BIGINT AS blank
FROM gold.data_quality GROUP BY feed ORDER BY feed
