"""Whether a model may become champion, and the records of that decision."""
