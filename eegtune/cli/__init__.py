"""The `eegtune` command; each command lives in a module of its own."""
