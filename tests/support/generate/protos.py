"""Generate the messages from proto/: run as a program to rewrite them, imported by the test that compares.

The product's are `kairosfile.pb`, written by a plugin of protoc (`protoc_plugin`). Those of the protobuf package are
`tests.support.protobuf`: the tests check the product's with them.
"""

from __future__ import annotations

import shlex
import sys
import sysconfig
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import ROOT

PROTOS = ROOT / "proto"
PACKAGE = Path("kairosfile/pb")
PROTOBUF = Path("tests/support/protobuf")


def generate(product: Path, tests: Path) -> None:
    """Write `product`/kairosfile/pb/*.py[i] and `tests`/tests/support/protobuf/*_pb2.py[i].

    Raises RuntimeError when protoc refuses a file.
    """
    with TemporaryDirectory() as folder:
        plugin = Path(folder, "plugin")
        plugin.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tests.support.generate.protoc_plugin\n")
        plugin.chmod(0o755)
        _run_protoc(f"--plugin=protoc-gen-kairosfile={plugin}", f"--kairosfile_out={product}")
        _run_protoc(f"--python_out={folder}", f"--pyi_out={folder}")
        for source in Path(folder, PACKAGE).iterdir():
            text = source.read_text(encoding="utf-8").replace("kairosfile.pb", "tests.support.protobuf")
            (tests / PROTOBUF / source.name).write_text(text, encoding="utf-8")


def _run_protoc(*arguments: str) -> None:
    from grpc_tools import protoc  # noqa: PLC0415 - only generation needs the compiler

    include = [str(PROTOS), sysconfig.get_path("purelib"), str(files("grpc_tools") / "_proto")]
    sources = sorted(str(path) for path in (PROTOS / PACKAGE).glob("*.proto"))
    status = protoc.main(["protoc", *[f"-I{folder}" for folder in include], *arguments, *sources])
    if status != 0:
        message = f"protoc ended with status {status}"
        raise RuntimeError(message)


if __name__ == "__main__":
    generate(ROOT / "frontend", ROOT)
