"""Engineering calculators: pure functions over frozen cases; the standard library alone, and nothing else of ours."""
