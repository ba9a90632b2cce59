"""Run one trial of one component of an EEG pipeline."""
