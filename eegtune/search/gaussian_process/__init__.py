"""A small Gaussian process on numpy and scipy: no torch, so that a search service stays small."""
