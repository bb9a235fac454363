"""The whole pipeline in one process: every job on one plant and one engine handle."""
