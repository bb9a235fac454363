"""One training from frames to the files of a version."""
