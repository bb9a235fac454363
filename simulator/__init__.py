"""A physical plant to try everything on: machines that wear and fail, sensors and gateways that misbehave.

The truth is written aside; the platform never reads it.
"""
