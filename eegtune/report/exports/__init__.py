"""What a run leaves for other programs."""
