"""Our description of the messages beside the one of Katib's own Python package."""

import importlib.util
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

from eegtune.cluster.katib.protocol import api_pb2


def described(module) -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(file)
    return file


@pytest.fixture(scope="module")
def theirs():
    package = importlib.util.find_spec("kubeflow.katib")
    if package is None:
        pytest.skip("kubeflow-katib is not installed")
    path = Path(package.origin).parent / "katib_api_pb2.py"
    spec = importlib.util.spec_from_file_location("katib_reference_api", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return described(module)


def messages(parent, prefix="") -> dict[str, object]:
    found = {}
    for message in getattr(parent, "message_type", None) or getattr(parent, "nested_type", []):
        name = f"{prefix}{message.name}"
        found[name] = message
        found |= messages(message, f"{name}.")
    return found


def enums(file) -> dict[str, dict[str, int]]:
    listed = [(e.name, e) for e in file.enum_type]
    for name, message in messages(file).items():
        listed += [(f"{name}.{e.name}", e) for e in message.enum_type]
    return {name: {value.name: value.number for value in e.value} for name, e in listed}


def test_every_message_has_the_same_numbers_and_types(theirs):
    reference = messages(theirs)
    for name, message in messages(described(api_pb2)).items():
        if name == "NasConfig":  # only its presence is looked at
            continue
        mine = {(f.number, f.name, f.type, f.label, f.type_name) for f in message.field}
        other = {(f.number, f.name, f.type, f.label, f.type_name) for f in reference[name].field}
        assert mine == other, name


def test_enums_are_the_same(theirs):
    reference = enums(theirs)
    for name, values in enums(described(api_pb2)).items():
        assert values == reference[name], name


def test_services_are_the_same(theirs):
    def calls(file):
        return {
            (service.name, method.name, method.input_type, method.output_type)
            for service in file.service
            for method in service.method
        }

    assert calls(described(api_pb2)) == calls(theirs)


def test_the_generated_module_is_that_of_the_proto_file():
    text = (Path(api_pb2.__file__).parent / "api.proto").read_text()
    for name in messages(described(api_pb2)):
        assert name.endswith("LabelsEntry") or f"message {name.split('.')[-1]} " in text


def test_both_descriptions_live_in_one_process(theirs):
    assert theirs.package == described(api_pb2).package
    assert api_pb2.Trial.FromString(api_pb2.Trial(name="a").SerializeToString()).name == "a"
