"""Signal features of EEG windows, and their cache."""
