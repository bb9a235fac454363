"""What the commands share: settings, errors and exit codes, logs, locks, the engine, reading and writing of tables."""
