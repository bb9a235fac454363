"""How good a model is: splits by time, episodes, thresholds by cost, figures with denominators."""
