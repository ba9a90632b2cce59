"""Decide, run and explain trials of a Katib Experiment."""

__version__ = "0.1.0"
