"""JSON Lines: one object a line, read by block in Arrow, by the form of the lines, or one by one."""
