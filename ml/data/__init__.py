"""The rows of a training: in one order, with their labels checked and their gaps known."""
