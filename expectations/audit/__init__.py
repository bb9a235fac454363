"""Whether the rows of a table meet its contract: suites, counts, verdicts and their pages."""
