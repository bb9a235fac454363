"""Plant profiles: what a plant measures, its limits, its calendar, what its models predict."""
