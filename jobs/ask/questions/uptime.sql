-- Uptime, MTBF with its interval, and MTTR of machines, models, factories and the plant.
-- scope = 'machine': machine, machine_model, factory or plant
SELECT name, factory_id, uptime, availability, failure_count, mtbf_hours, mtbf_low_hours, mtbf_high_hours, mttr_hours,
       repair_count, observed_hours
FROM gold.uptime WHERE scope = $scope AND month IS NULL ORDER BY uptime, name, factory_id
