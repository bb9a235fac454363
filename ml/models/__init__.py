"""The models themselves: fitted, calibrated, stored as plain numbers."""
