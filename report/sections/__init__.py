"""From facts to what each section's template shows: texts, numbers with units, finished charts."""
