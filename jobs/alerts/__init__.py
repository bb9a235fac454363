"""Alerts: what is wrong now, who was notified of it, and what still waits to be delivered."""
