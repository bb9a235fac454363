"""The files of a table: written by tasks, linked into a commit, read by row groups."""
