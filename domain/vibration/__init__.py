"""The features of a vibration window: one definition for the lake and for gateways; standard library only."""
