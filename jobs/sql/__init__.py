"""What `assay sql` says: answers, lists of tables, and why a table cannot answer."""
