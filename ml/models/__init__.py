"""The models themselves: fitted, calibrated, kept as plain numbers."""
