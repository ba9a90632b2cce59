"""What to try next: `suggest`, a pure function of an Experiment and its trials."""

from eegtune.search.engine import suggest, validate_settings
from eegtune.search.proposal import Proposal, Suggestion

__all__ = ["Proposal", "Suggestion", "suggest", "validate_settings"]
