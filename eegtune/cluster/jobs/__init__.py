"""Trials as Kubernetes Jobs: no Katib, and no rights beyond one namespace."""
