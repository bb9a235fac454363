"""A plant's mappings before a lake reads by them: which files they match, and what they make of one."""
