"""What time it is, how the clock has moved, and how old things are. Touches the clock and nothing else."""
