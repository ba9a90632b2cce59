"""Katib's messages, and the calls that carry them."""
