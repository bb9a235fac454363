"""The process on the device: readings in, scores and alerts out. Standard library and `edge_bundle.format` only."""
