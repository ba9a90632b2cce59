"""Clusters: Jobs, Katib, and what goes wrong there."""
