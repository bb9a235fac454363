"""What the report asks the lake: each module answers one section's questions as frozen values."""
