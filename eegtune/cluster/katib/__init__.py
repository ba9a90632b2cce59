"""Katib: its search and early-stopping services answered by ours, its Experiments driven."""
