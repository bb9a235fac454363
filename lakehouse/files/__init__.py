"""The files of a table: written by tasks, made durable, linked into a commit, read by row groups."""
