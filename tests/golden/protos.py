"""Generate `kairosfile.pb` from proto/: run as a program to rewrite it, imported by the test that compares."""

from __future__ import annotations

import sysconfig
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROTOS = ROOT / "proto"
PACKAGE = "kairosfile/pb"


def generate(target: Path) -> None:
    """Write `<target>/kairosfile/pb/*_pb2.py[i]`; raises RuntimeError when protoc refuses a file."""
    from grpc_tools import protoc  # noqa: PLC0415 - only generation needs the compiler

    include = [str(PROTOS), sysconfig.get_path("purelib"), str(files("grpc_tools") / "_proto")]
    sources = sorted(str(path) for path in (PROTOS / PACKAGE).glob("*.proto"))
    arguments = [f"-I{folder}" for folder in include]
    status = protoc.main(["protoc", *arguments, f"--python_out={target}", f"--pyi_out={target}", *sources])
    if status != 0:
        message = f"protoc ended with status {status}"
        raise RuntimeError(message)


if __name__ == "__main__":
    generate(ROOT / "frontend")
