"""From readings, events and master data to the feature vector of a machine. Pure."""
