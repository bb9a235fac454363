"""The state of the whole: runs, files, what was set aside, alerts, engine, disks, lake; and what a person should do."""
