"""Landing files to typed rows: what parses keeps its columns, what does not keeps its bytes and a reason."""
