from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trial_runner.simulation.artefacts import ArtefactPlan, simulate_artefacts

PLAN = ArtefactPlan(epochs=60)


def test_as_many_epochs_are_spoilt_as_planned() -> None:
    epochs = simulate_artefacts(PLAN)
    assert epochs.bad_epochs is not None
    assert epochs.bad_channels is not None
    spoilt = epochs.bad_channels.sum(axis=1)
    assert epochs.bad_epochs.sum() == 9
    assert ((spoilt > 0) & ~epochs.bad_epochs).sum() == 12
    assert set(spoilt[~epochs.bad_epochs]) <= {0, 1, 2}
    assert spoilt[epochs.bad_epochs].min() >= 5


def test_the_planted_channels_stand_out() -> None:
    epochs = simulate_artefacts(PLAN)
    assert epochs.bad_channels is not None
    microvolts = np.ptp(epochs.signal, axis=2) * 1e6
    clean, bad = microvolts[~epochs.bad_channels], microvolts[epochs.bad_channels]
    assert np.quantile(clean, 0.999) < 200 < np.median(bad)
    assert np.median(bad) == pytest.approx(PLAN.artefact_microvolts, rel=0.2)


def test_clean_epochs_do_not_depend_on_the_size_of_artefacts() -> None:
    small, large = (
        simulate_artefacts(PLAN),
        simulate_artefacts(replace(PLAN, artefact_microvolts=900)),
    )
    assert small.bad_channels is not None
    np.testing.assert_array_equal(
        small.signal[~small.bad_channels], large.signal[~small.bad_channels]
    )


def test_no_clean_epoch_is_refused() -> None:
    with pytest.raises(ValueError, match="loose_share \\+ spoilt_share is 1"):
        simulate_artefacts(replace(PLAN, loose_share=0.5, spoilt_share=0.5))
