"""Rows become part of a table: audited first, and only where they differ from what is there."""
