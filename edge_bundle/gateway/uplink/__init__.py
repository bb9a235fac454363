"""What leaves the device: rows that wait, and the batches that an uplink takes. Touches the uplink's folder."""
