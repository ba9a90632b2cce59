"""Requests as no controller should send them: recorded ones, changed at random."""

import random
from collections.abc import Iterator

from google.protobuf.descriptor import FieldDescriptor

from eegtune.cluster.katib.protocol import api_pb2 as api

TEXTS = (
    "", " ", "nan", "NaN", "inf", "-inf", "unavailable", "None", "0", "-1", "1e400", "1e-400",
    "0x10", "1_000", "١", "a b", "'", '"', "\\", "\x00", "é" * 50, "x" * 5000, "[", "{}", "${x}",
    "../..",
    "true", "1;2", "score:max,score:min", "lr > 0; (", "99999999999999999999",
    "2026-13-45T99:99:99Z", "0001-01-01T00:00:00Z",
)  # fmt: skip
NUMBERS = (-(2**31), -1, 0, 1, 2, 3, 7, 50, 1001, 10**6, 2**31 - 1)
FLOATS = (float("nan"), float("inf"), float("-inf"), 0.0, -1e308, 1e308, 5e-324)
ENUMS = (-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 99, 2**31 - 1)


def mutated(request, draw: random.Random):
    """Return a copy with one to four fields of it, at any depth, changed, emptied or doubled."""
    changed = type(request)()
    changed.CopyFrom(request)
    for _ in range(draw.randint(1, 4)):
        message, field = draw.choice(list(fields_of(changed)))
        _change(message, field, draw)
    return changed


def corrupted(data: bytes, draw: random.Random) -> bytes:
    """Return bytes of a message of which some are others, missing, or too many."""
    mutable = bytearray(data)
    for _ in range(draw.randint(1, 8)):
        place = draw.randrange(len(mutable) or 1)
        kind = draw.randrange(3)
        if kind == 0 and mutable:
            mutable[place] = draw.randrange(256)
        elif kind == 1:
            del mutable[place : place + draw.randint(1, 20)]
        else:
            mutable[place:place] = draw.randbytes(draw.randint(1, 20))
    return bytes(mutable)


def fields_of(message) -> Iterator[tuple[object, FieldDescriptor]]:
    """Return every field of a message and of all messages inside."""
    for field in message.DESCRIPTOR.fields:
        yield message, field
    for field, value in message.ListFields():
        if field.type != FieldDescriptor.TYPE_MESSAGE or _is_map(field):
            continue
        for inner in value if _is_list(field) else [value]:
            yield from fields_of(inner)


def _change(message, field: FieldDescriptor, draw: random.Random) -> None:
    if draw.random() < 0.25 or (
        field.type == FieldDescriptor.TYPE_MESSAGE and not _is_list(field)
    ):
        message.ClearField(field.name)
        return
    if _is_map(field):
        getattr(message, field.name)[draw.choice(TEXTS)] = draw.choice(TEXTS)
        return
    if _is_list(field):
        _change_list(getattr(message, field.name), field, draw)
        return
    setattr(message, field.name, _value(field, draw))


def _change_list(values, field: FieldDescriptor, draw: random.Random) -> None:
    if values and draw.random() < 0.3:
        del values[draw.randrange(len(values))]
    elif field.type == FieldDescriptor.TYPE_MESSAGE:
        twin = values.add()
        if len(values) > 1:
            twin.CopyFrom(draw.choice(values[:-1]))
    else:
        values.append(_value(field, draw))


def _value(field: FieldDescriptor, draw: random.Random):
    if field.type == FieldDescriptor.TYPE_STRING:
        return draw.choice(TEXTS)
    if field.type == FieldDescriptor.TYPE_ENUM:
        return draw.choice(ENUMS)
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return draw.choice(FLOATS)
    return draw.choice(NUMBERS)


def _is_list(field: FieldDescriptor) -> bool:
    return field.label == FieldDescriptor.LABEL_REPEATED


def _is_map(field: FieldDescriptor) -> bool:
    is_entry = field.message_type is not None and field.message_type.GetOptions().map_entry
    return bool(is_entry)


def sources() -> list:
    """Return messages to begin with: those of `recorded` and `spaces` for every algorithm."""
    from .replay import recorded
    from .spaces import algorithm_names, experiment

    messages = []
    for algorithm in algorithm_names():
        own = experiment(algorithm, stopping="medianstop")
        for request in recorded("GetSuggestions", algorithm)[::3]:
            request.experiment.CopyFrom(own) if len(messages) % 2 else None
            messages.append(request)
            messages.append(
                api.GetEarlyStoppingRulesRequest(
                    experiment=request.experiment, trials=request.trials
                )
            )
        messages.append(api.ValidateAlgorithmSettingsRequest(experiment=own))
        messages.append(
            api.ValidateEarlyStoppingSettingsRequest(early_stopping=own.spec.early_stopping)
        )
    return messages
