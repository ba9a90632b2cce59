"""EEG data sets: what they are, where they lie, how they are read and split."""
