"""Real books, asked for words whose places are known."""
