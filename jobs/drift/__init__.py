"""How far features and scores have moved: sketches by day, distances by window, and whether to train again."""
