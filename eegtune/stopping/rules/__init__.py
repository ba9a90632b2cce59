"""The early-stopping rules, one module each."""
