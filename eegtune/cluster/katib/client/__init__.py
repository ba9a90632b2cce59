"""Experiments on a cluster with Katib, driven and followed from here."""
