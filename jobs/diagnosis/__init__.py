"""What can be wrong with this machine, these settings and this lake; each finding says what to do."""
