"""Scores with uncertainty: metrics, bootstrap intervals, paired differences."""
