"""Where a file, a table, a model, a bundle or a score came from, and what was made of it."""
