"""The rebuild of silver and gold from bronze."""
