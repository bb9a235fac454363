"""The model card: pictures and figures of one version as an offline page."""
