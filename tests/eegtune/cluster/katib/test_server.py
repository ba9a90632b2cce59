import os
import signal
import subprocess
import sys
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.protocol.rpc import OPTIONS, CallFailed, caller, service_handler
from eegtune.cluster.katib.server import start

MAIN = "from eegtune.cli import main; main()"


@pytest.fixture
def serve():
    """Return a function that serves answers of the Suggestion service and gives a channel."""
    opened = []

    def open_channel(get_suggestions):
        def accept(request):
            return api.ValidateAlgorithmSettingsReply()

        answers = {"GetSuggestions": get_suggestions, "ValidateAlgorithmSettings": accept}
        served = start(
            [service_handler("Suggestion", answers)], port=0, workers=1, host="localhost"
        )
        channel = grpc.insecure_channel(f"localhost:{served.port}", options=OPTIONS)
        opened.append((served, channel))
        return channel

    yield open_channel
    for served, channel in opened:
        channel.close()
        served.stop(0)


def refusal(channel) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        caller(channel, "Suggestion", "GetSuggestions")(api.GetSuggestionsRequest(), timeout=5)
    return caught.value


def raising(error):
    def answer(request):
        raise error

    return answer


@pytest.mark.parametrize("name", ["", "manager.v1beta1.Suggestion"])
def test_probes_are_answered(serve, name):
    stub = health_pb2_grpc.HealthStub(serve(raising(ValueError())))
    reply = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)
    assert reply.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ValueError("eta is 1; use 2"), "INVALID_ARGUMENT", "Eta is 1; use 2."),
        (ValueError(""), "INVALID_ARGUMENT", "The request cannot be answered."),
        (KeyError("x"), "INTERNAL", "GetSuggestions failed with KeyError: 'x'. This is a defect"),
        (CallFailed(grpc.StatusCode.NOT_FOUND, "Gone."), "NOT_FOUND", "Gone."),
    ],
)
def test_no_exception_ends_a_call_with_unknown(serve, error, code, text):
    answer = refusal(serve(raising(error)))
    assert answer.code().name == code
    assert answer.details().startswith(text)


def test_bytes_that_are_no_message_are_refused(serve):
    call = serve(raising(KeyError())).unary_unary("/api.v1.beta1.Suggestion/GetSuggestions")
    with pytest.raises(grpc.RpcError) as caught:
        call(b"\xff\xff\xff", timeout=5)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_messages_of_more_than_gRPCs_4_MiB(serve):
    def count(request):
        return api.GetSuggestionsReply(
            algorithm=api.AlgorithmSpec(algorithm_name=str(len(request.trials)))
        )

    request = api.GetSuggestionsRequest(trials=[api.Trial(name="x" * 1000)] * 20_000)
    assert request.ByteSize() > 16 * 1024 * 1024
    reply = caller(serve(count), "Suggestion", "GetSuggestions")(request, timeout=30)
    assert reply.algorithm.algorithm_name == "20000"


def test_a_port_in_use_is_said():
    served = start([], port=0, workers=1, host="localhost")
    with pytest.raises(OSError, match=f"port {served.port} cannot be listened on"):
        start([], port=served.port, workers=1, host="localhost")
    served.stop(0)


@pytest.mark.parametrize("service", ["suggestion", "early-stopping"])
def test_the_command_serves_and_ends_cleanly_when_told(service):
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "serve", service, "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        line = process.stderr.readline()
        port = int(line.rsplit(" ", 1)[1])
        with grpc.insecure_channel(f"localhost:{port}") as channel:
            request = health_pb2.HealthCheckRequest()
            health_pb2_grpc.HealthStub(channel).Check(request, timeout=10)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.stderr.close()
        process.wait()


def test_a_call_under_way_ends_before_the_server(serve):
    def slow(request):
        time.sleep(0.5)
        return api.GetSuggestionsReply()

    answers = {"GetSuggestions": slow, "ValidateAlgorithmSettings": slow}
    served = start([service_handler("Suggestion", answers)], port=0, workers=1, host="localhost")
    with grpc.insecure_channel(f"localhost:{served.port}") as channel:
        call = channel.unary_unary("/api.v1.beta1.Suggestion/GetSuggestions").future(b"")
        time.sleep(0.2)
        served.stop(10)
        assert call.result(timeout=5) == b""
