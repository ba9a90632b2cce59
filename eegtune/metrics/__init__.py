"""Read metric lines and sum them up to one observation a trial, by Katib's rules."""
