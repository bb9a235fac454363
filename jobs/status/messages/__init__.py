"""Facts in words: for each what it means, how urgent it is, and the next step."""
