"""What leaves the device: rows that wait, and the batches in which they are sent."""
