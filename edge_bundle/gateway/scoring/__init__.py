"""What a record means: rules, scores, alerts. Decisions over a store and an outbox, with no effect of their own."""
