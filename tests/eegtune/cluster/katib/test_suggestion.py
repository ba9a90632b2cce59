import itertools

import pytest

from eegtune.cluster.katib import asking as module
from eegtune.cluster.katib.naming import SALT
from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.suggestion import SuggestionService
from eegtune.search import Proposal, Suggestion

from .test_reading import message


def ask(count: int, total: int | None = None, experiment=None, trials=()):
    return api.GetSuggestionsRequest(
        experiment=experiment or message(),
        trials=trials,
        current_request_number=count,
        total_request_number=count if total is None else total,
    )


def values(reply) -> list[str]:
    return [s.assignments[0].value for s in reply.parameter_assignments]


@pytest.mark.parametrize("count", [0, 1, 9, 40])
def test_exactly_as_many_as_asked_for(count):
    assert len(values(SuggestionService().get_suggestions(ask(count)))) == count


@pytest.mark.parametrize("count", [-1, 1001, 2**31 - 1])
def test_numbers_that_make_no_sense_are_refused(count):
    with pytest.raises(ValueError, match=f"current_request_number is {count}; .*parallelTrial"):
        SuggestionService().get_suggestions(ask(count, 0))


def test_portions_do_not_repeat_points():
    assert len(set(values(SuggestionService().get_suggestions(ask(40))))) == 40


def test_the_salt_is_written_back_and_kept():
    first = SuggestionService(new_salt="aaaaaa").get_suggestions(ask(2))
    assert SALT in {s.name for s in first.algorithm.algorithm_settings}
    request = ask(2, 4)
    request.experiment.spec.algorithm.algorithm_settings.extend(first.algorithm.algorithm_settings)
    second = SuggestionService(new_salt="bbbbbb").get_suggestions(request)
    assert {s.name: s.value for s in second.algorithm.algorithm_settings}[SALT] == "aaaaaa"


def test_a_point_that_katib_no_longer_shows_is_not_tried_again():
    request = ask(3, experiment=message())
    space = request.experiment.spec.parameter_specs.parameters[0]
    space.parameter_type = api.CATEGORICAL
    space.feasible_space.Clear()
    space.feasible_space.list.extend("abcd")
    first = SuggestionService().get_suggestions(request)
    request.experiment.spec.algorithm.algorithm_settings.extend(first.algorithm.algorithm_settings)
    request.current_request_number, request.total_request_number = 1, 4
    second = SuggestionService().get_suggestions(request)  # without any of the first trials
    assert sorted(values(first) + values(second)) == list("abcd")


def test_names_and_labels_of_the_search_are_those_of_the_cluster(monkeypatch):
    parent = api.Trial(name="first-abc123", status=api.TrialStatus(condition=2))
    parent.spec.parameter_assignments.assignments.add(name="rate", value="0.1")
    child = Suggestion({"rate": "0.2"}, {"eegtune.dev/parent": "first", "other": "x"}, "child")
    monkeypatch.setattr(module, "suggest", lambda *a: Proposal((child,)))
    reply = SuggestionService(new_salt="abc123").get_suggestions(ask(1, 2, trials=[parent]))
    (answer,) = reply.parameter_assignments
    assert answer.trial_name == "child-abc123"
    assert dict(answer.labels) == {"eegtune.dev/parent": "first-abc123", "other": "x"}


def test_a_defect_of_the_search_costs_no_suggestion(monkeypatch, caplog):
    def broken(*arguments):
        raise ZeroDivisionError("defect")

    monkeypatch.setattr(module, "suggest", broken)
    reply = SuggestionService().get_suggestions(ask(3))
    assert len(set(values(reply))) == 3
    assert all(s.labels["eegtune.dev/random"] == "true" for s in reply.parameter_assignments)
    assert "ZeroDivisionError" in caplog.text


def test_a_slow_search_is_helped_out_in_time():
    ticks = itertools.count(step=30)  # each look at the clock is half a minute later
    service = SuggestionService(clock=lambda: next(ticks), budget_seconds=40)
    reply = service.get_suggestions(ask(30))
    is_random = ["eegtune.dev/random" in s.labels for s in reply.parameter_assignments]
    assert is_random == [False] * 8 + [True] * 22


def test_settings_that_are_written_back_are_no_unknown_settings():
    experiment = message()
    reply = SuggestionService().get_suggestions(ask(3))
    experiment.spec.algorithm.algorithm_settings.extend(reply.algorithm.algorithm_settings)
    SuggestionService().validate_settings(
        api.ValidateAlgorithmSettingsRequest(experiment=experiment)
    )
    experiment.spec.algorithm.algorithm_settings.add(name="gama", value="1")
    with pytest.raises(ValueError, match="unknown setting 'gama' for algorithm tpe; allowed are"):
        SuggestionService().get_suggestions(ask(1, experiment=experiment))


def choices(*values: str) -> api.Experiment:
    """Return an Experiment with one parameter of a few values, searched by a grid."""
    experiment = message()
    experiment.spec.algorithm.algorithm_name = "grid"
    del experiment.spec.algorithm.algorithm_settings[:]
    space = experiment.spec.parameter_specs.parameters[0]
    space.parameter_type = api.CATEGORICAL
    space.feasible_space.Clear()
    space.feasible_space.list.extend(values)
    return experiment


def tried(name: str, value: str) -> api.Trial:
    trial = api.Trial(name=name, status=api.TrialStatus(condition=api.TrialStatus.SUCCEEDED))
    trial.spec.parameter_assignments.assignments.add(name="rate", value=value)
    return trial


@pytest.mark.parametrize("issued", [0, 2])
def test_trials_of_another_namespaces_experiment_of_the_same_name_are_left_out(issued):
    """Katib lists trials by their Experiment's name only, whatever the namespace (seen)."""
    foreign = [tried(f"demo-000{i}-ffffff", value) for i, value in enumerate("abcd")]
    experiment = choices(*"abcd")
    service = SuggestionService(new_salt="a1b2c3")
    first = service.get_suggestions(ask(2, experiment=experiment, trials=foreign))
    assert len(set(values(first))) == 2
    assert not any(entry.labels for entry in first.parameter_assignments)
    if issued:
        experiment.spec.algorithm.algorithm_settings.extend(first.algorithm.algorithm_settings)
        own = [tried(e.trial_name, e.assignments[0].value) for e in first.parameter_assignments]
        request = ask(2, 4, experiment=experiment, trials=[*foreign, *own])
        second = service.get_suggestions(request)
        assert sorted(values(first) + values(second)) == list("abcd")


def test_every_trial_is_named_by_its_number_and_the_salt():
    service = SuggestionService(new_salt="a1b2c3")
    first = service.get_suggestions(ask(2, 5, experiment=choices(*"abcdefgh")))
    name = message().name
    assert [entry.trial_name for entry in first.parameter_assignments] == [
        f"{name}-0003-a1b2c3", f"{name}-0004-a1b2c3"
    ]  # fmt: skip
