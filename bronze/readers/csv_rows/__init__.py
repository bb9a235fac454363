"""CSV with a header: records cut by their quotes, read by block in Arrow or one by one."""
