-- How bearings sound: the newest window of vibration of each sensor, the strongest bearing line first; noise is 1 to 3.
-- machine = '': the machine; empty: all
SELECT machine_id, factory_id, sensor_id, started_at, speed_rpm, speed_source,
       round(velocity_rms_mm_s, 2) AS velocity_rms_mm_s, round(kurtosis, 2) AS kurtosis,
       round(envelope_bpfo, 2) AS outer_ring, round(envelope_bpfi, 2) AS inner_ring,
       round(envelope_2bsf, 2) AS rolling_element, round(envelope_ftf, 2) AS cage, not_computed_reason AS not_computed
FROM silver.vibration_windows WHERE machine_id = $machine OR $machine = ''
QUALIFY row_number() OVER (PARTITION BY factory_id, machine_id, sensor_id ORDER BY started_at DESC) = 1
ORDER BY greatest(envelope_bpfo, envelope_bpfi, envelope_2bsf, envelope_ftf) DESC NULLS LAST, machine_id, sensor_id
LIMIT 100
