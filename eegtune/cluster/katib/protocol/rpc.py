"""Servers and callers for the services of api.proto, made from its description.

The generated module describes each method; what a code generator for gRPC would write beyond
that is these few lines.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError, Message

from eegtune.cluster.katib.protocol import api_pb2

MESSAGE_BYTES = 64 * 1024 * 1024
OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),  # a second server on the port is a mistake, not a helper
)

Answer = Callable[[Any], Message]

_logger = logging.getLogger(__name__)


class CallFailed(Exception):
    """A call that cannot be answered for a reason outside of the request.

    Attributes:
        code: What the caller gets.
        text: A full sentence with the cause and what helps.
    """

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def service_handler(service: str, answers: Mapping[str, Answer]) -> grpc.GenericRpcHandler:
    """Serve a service of api.proto with one function per method: request in, reply out.

    A function refuses a request with a ValueError, which the caller gets as INVALID_ARGUMENT
    with its text, and says with a CallFailed that something outside hinders it. Anything else
    that a function raises reaches the caller as INTERNAL with a sentence, the log with a
    traceback. Nothing ends a call with UNKNOWN, which Katib takes for a verdict on the
    Experiment.
    """
    description = api_pb2.DESCRIPTOR.services_by_name[service]
    handlers: dict[str, Any] = {
        method.name: grpc.unary_unary_rpc_method_handler(
            _guarded(method, answers[method.name]),
            response_serializer=_to_bytes,
        )
        for method in description.methods
    }
    return grpc.method_handlers_generic_handler(description.full_name, handlers)


def caller(channel: grpc.Channel, service: str, method: str) -> Callable[..., Any]:
    """Return a function that calls a method of api.proto: request and `timeout` in, reply out."""
    description = api_pb2.DESCRIPTOR.services_by_name[service].methods_by_name[method]
    call: Callable[..., Any] = channel.unary_unary(
        f"/{description.containing_service.full_name}/{method}",
        request_serializer=_to_bytes,
        response_deserializer=_message_class(description.output_type.name).FromString,
    )
    return call


def _guarded(
    method: MethodDescriptor, answer: Answer
) -> Callable[[bytes, grpc.ServicerContext], Message]:
    request_class = _message_class(method.input_type.name)

    def handle(data: bytes, context: grpc.ServicerContext) -> Message:
        try:
            return answer(request_class.FromString(data))
        except DecodeError:
            code, text = grpc.StatusCode.INVALID_ARGUMENT, "The request is not a valid message."
        except ValueError as error:
            code, text = grpc.StatusCode.INVALID_ARGUMENT, _sentence(str(error))
        except CallFailed as error:
            _logger.warning("%s: %s", method.name, error.text)
            code, text = error.code, error.text
        except Exception as error:
            _logger.exception("%s failed", method.name)
            code, text = grpc.StatusCode.INTERNAL, _defect(method, error)
        context.abort(code, text)
        raise AssertionError("abort always raises")

    return handle


def _to_bytes(message: Message) -> bytes:
    return message.SerializeToString()


def _message_class(name: str) -> Any:
    return getattr(api_pb2, name)


def _defect(method: MethodDescriptor, error: Exception) -> str:
    return (
        f"{method.name} failed with {type(error).__name__}: {error}. This is a defect of the "
        "service, not of the Experiment; its log has the details."
    )


def _sentence(text: str) -> str:
    text = text.strip() or "The request cannot be answered"
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
