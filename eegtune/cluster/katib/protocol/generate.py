"""Generate api_pb2.py and api_pb2.pyi from api.proto; run it with grpcio-tools 1.51.3.

    uv venv /tmp/protoc && uv pip install -p /tmp/protoc grpcio-tools==1.51.3 'setuptools<80'
    /tmp/protoc/bin/python eegtune/cluster/katib/protocol/generate.py

The old compiler is meant: what it writes runs with protobuf 4.21 and all later ones, while newer
compilers refuse older runtimes. One line is changed: the messages get a descriptor pool of their
own, because Katib's SDK registers messages of the same names in the common one, and a process
that uses both (the client) would not start.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_COMMON_POOL = "_descriptor_pool.Default()"
_OWN_POOL = "_descriptor_pool.DescriptorPool()"


def generate(folder: Path) -> None:
    """Write the two modules beside api.proto."""
    subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "grpc_tools.protoc"),
            *(f"-I{folder}", f"--python_out={folder}", f"--pyi_out={folder}", "api.proto"),
        ],
        check=True,
    )
    module, types = folder / "api_pb2.py", folder / "api_pb2.pyi"
    code = module.read_text()
    if code.count(_COMMON_POOL) != 1:
        raise SystemExit(
            "the compiler's output has changed; its descriptor pool is not where it was"
        )
    code = code.replace(_COMMON_POOL, _OWN_POOL)
    # The builder keeps its module's name for pickling and messages.
    code = code.replace("'api_pb2'", "'eegtune.cluster.katib.protocol.api_pb2'")
    header = "# ruff: noqa\n# mypy: ignore-errors\n# fmt: off\n"
    module.write_text(header + code)
    types.write_text(header + types.read_text())


if __name__ == "__main__":
    generate(Path(__file__).parent)
