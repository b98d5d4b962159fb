"""What one can find out about a network: its inside, its mistakes, what it memorised, what it costs to train."""
