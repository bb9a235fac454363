"""The C scoring kernel and its cross-build."""
