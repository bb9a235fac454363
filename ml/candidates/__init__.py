"""The models that one training puts forward, each with how it did on held-out rows."""
