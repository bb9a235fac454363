-- Which certificates of gateways and machines end soon, or have ended: of each name the one that ends last.
-- days = 30: end within so many days from now
WITH last AS (
    SELECT factory_id, gateway_id, machine_id, certificate, max(not_after) AS not_after,
           arg_max(serial_number, not_after) AS serial_number, arg_max(issuer, not_after) AS issuer
    FROM silver.certificates GROUP BY ALL
)
SELECT factory_id, gateway_id, machine_id, certificate, not_after, date_diff('day', now(), not_after) AS days_left,
       not_after <= now() AS has_ended, serial_number, issuer
FROM last WHERE not_after <= now() + to_days($days) ORDER BY not_after, factory_id, gateway_id, machine_id, certificate
