"""A real controller's requests get valid answers, in any order, and twice the same."""

import random

import pytest

from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.suggestion import SuggestionService

from .replay import recorded
from .spaces import algorithm_names, assert_in_space


def requests_for(algorithm: str) -> list[api.GetSuggestionsRequest]:
    return recorded("GetSuggestions", algorithm)


@pytest.mark.parametrize("algorithm", algorithm_names())
def test_every_request_gets_a_valid_answer_of_the_right_count(algorithm):
    service = SuggestionService()
    for request in requests_for(algorithm):
        reply = service.get_suggestions(request)
        assert len(reply.parameter_assignments) == request.current_request_number
        for suggestion in reply.parameter_assignments:
            assert_in_space(request.experiment, suggestion.assignments)


@pytest.mark.parametrize("algorithm", algorithm_names())
def test_any_replica_gives_the_same_answer_whatever_came_before(algorithm):
    requests = requests_for(algorithm)
    first, second = SuggestionService(new_salt="a1b2c3"), SuggestionService(new_salt="a1b2c3")
    in_order = [first.get_suggestions(request) for request in requests]
    numbers = list(range(len(requests)))
    random.Random(1).shuffle(numbers)
    for number in numbers:
        shuffled = api.GetSuggestionsRequest()
        shuffled.CopyFrom(requests[number])
        trials = list(shuffled.trials)
        random.Random(number).shuffle(trials)
        del shuffled.trials[:]
        shuffled.trials.extend(trials)
        assert second.get_suggestions(shuffled) == in_order[number]


def test_the_recorded_experiment_is_accepted():
    for request in recorded("ValidateAlgorithmSettings", "tpe"):
        SuggestionService().validate_settings(request)


def test_an_unknown_algorithm_is_refused_with_what_is_allowed():
    request = recorded("ValidateAlgorithmSettings", "recorder")[0]
    with pytest.raises(ValueError, match=r"unknown algorithm 'recorder'; allowed are .*tpe"):
        SuggestionService().validate_settings(request)
