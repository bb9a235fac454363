"""From files and standard input to records. Reads what is given and writes nothing but acknowledgements."""
