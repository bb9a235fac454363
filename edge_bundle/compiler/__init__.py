"""Trained model files to one signed bundle. It takes files and plain data, never objects of `ml`."""
