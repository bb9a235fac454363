"""The numbers that a plant may set for its models, each with unit, legal range, meaning and source."""
