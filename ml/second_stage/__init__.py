"""A second stage of alarms: an LSTM autoencoder beside T2 and Q, used only where it finds more events."""
