"""What a gateway remembers while it runs. Memory, and the deltas that a commit makes durable."""
