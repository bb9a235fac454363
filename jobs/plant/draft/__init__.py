"""A first profile and mappings for files that nobody has described: guesses with their evidence, and questions."""
