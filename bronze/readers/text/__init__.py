"""Text files of any format: their bytes, the lines in them, and the records with their places."""
