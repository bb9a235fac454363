"""What `assay models` says and does of the versions that are registered."""
