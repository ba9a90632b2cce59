"""Several Experiments in a row: phases that build on what earlier ones have found."""
