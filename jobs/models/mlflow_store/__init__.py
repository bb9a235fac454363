"""Exported versions in a store of MLflow, by a process of MLflow's own environment."""
