"""Fire mutated requests at running services, and judge what comes back."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field

import grpc

from eegtune.cluster.katib.protocol import api_pb2 as api

from .mutations import corrupted, mutated, sources

METHODS = {
    "GetSuggestionsRequest": ("Suggestion", "GetSuggestions"),
    "ValidateAlgorithmSettingsRequest": ("Suggestion", "ValidateAlgorithmSettings"),
    "GetEarlyStoppingRulesRequest": ("EarlyStopping", "GetEarlyStoppingRules"),
    "ValidateEarlyStoppingSettingsRequest": ("EarlyStopping", "ValidateEarlyStoppingSettings"),
}


@dataclass
class Outcome:
    """What a fuzz run saw.

    Attributes:
        codes: How many calls ended with each status.
        refusals: One example of each beginning of a refusal.
        slowest: The longest calls: seconds of CPU (so that a busy machine does not count) of
            the client and of a service in the same process, and the request.
    """

    codes: Counter = field(default_factory=Counter)
    refusals: dict[str, str] = field(default_factory=dict)
    slowest: list[tuple[float, object]] = field(default_factory=list)


def fuzz(channel: grpc.Channel, count: int, seed: int) -> Outcome:
    """Send `count` requests; raise AssertionError at the first answer that is wrong."""
    draw, outcome, messages = random.Random(seed), Outcome(), sources()
    for number in range(count):
        request = draw.choice(messages)
        is_raw = number % 10 == 9
        if not is_raw:
            request = mutated(request, draw)
        data = request.SerializeToString()
        data = corrupted(data, draw) if is_raw else data
        begin = time.process_time()
        code, text, reply = send(channel, type(request).__name__, data)
        seconds = time.process_time() - begin
        outcome.slowest = sorted(
            [*outcome.slowest, (seconds, request)], key=lambda pair: -pair[0]
        )[:5]
        outcome.codes[code.name] += 1
        if code is not grpc.StatusCode.OK:
            outcome.refusals.setdefault(text[:25], text)
        judge(request, code, text, reply, is_raw)
    return outcome


def send(channel: grpc.Channel, kind: str, data: bytes):
    service, method = METHODS[kind]
    call = channel.unary_unary(f"/api.v1.beta1.{service}/{method}")
    try:
        return grpc.StatusCode.OK, "", call(data, timeout=30)
    except grpc.RpcError as error:
        return error.code(), error.details(), b""


def judge(request, code, text, reply: bytes, is_raw: bool) -> None:
    assert code in (grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT), (code, text, request)
    if code is grpc.StatusCode.INVALID_ARGUMENT:
        assert len(text) > 15, (text, request)
        assert text.endswith((".", "!", "?")), (text, request)
    elif isinstance(request, api.GetSuggestionsRequest) and not is_raw:
        answer = api.GetSuggestionsReply.FromString(reply)
        assert len(answer.parameter_assignments) == request.current_request_number, request
        names = [p.name for p in request.experiment.spec.parameter_specs.parameters]
        for suggestion in answer.parameter_assignments:
            assert [a.name for a in suggestion.assignments] == names, request
