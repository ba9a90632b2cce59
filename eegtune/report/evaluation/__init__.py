"""Scores on test data: run them, compare them, remember each use."""
