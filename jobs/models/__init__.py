"""The model jobs' parts: frames from gold, the registry's tables, the model folders."""
