"""A recurrent autoencoder of consecutive rows, in NumPy alone: windows, training, INT8 form and what that loses."""
