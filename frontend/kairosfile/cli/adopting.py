"""`kairosfile adopt`: a Dockerfile to a Kairosfile."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile import spec
from kairosfile.cli.checking import STANDARD_INPUT, read_bytes
from kairosfile.cli.stop import StopError
from kairosfile.dockerfile.adopt import NotKairosError
from kairosfile.dockerfile.adopt import adopt as read_in
from kairosfile.dockerfile.adopt.writer import write
from kairosfile.spec.render import Checked
from kairosfile.spec.render.text import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.cli.output import Output

COMPLETE, LEFT_OVER = 0, 1
NO_VERSION = "The Dockerfile has no version: write `version: v1.0.0` here, or build with --build-arg VERSION=v1.0.0."


def adopt(file: str, build_args: Mapping[str, str], output: Output) -> int:
    """Write the Kairosfile of a Dockerfile; what is left over goes to standard error. Returns the exit status."""
    name = "<stdin>" if file == STANDARD_INPUT else file
    try:
        adopted = read_in(read_bytes(file).decode(), build_args)
    except NotKairosError as error:
        raise StopError(f"{name}: {error}") from error
    except UnicodeDecodeError as error:
        raise StopError(f"{name} is not UTF-8 text: {error}") from error
    lines = [f"{line}: {said}: {reason}" for line, said, reason in adopted.leftovers]
    head = [f"Adopted from {Path(name).name}.", *(["Left over:"] if lines else []), *(f"  line {it}" for it in lines)]
    if "version" not in adopted.fields:
        head.append(NO_VERSION)
    text = write(adopted.fields, head)
    output.write(text)
    sys.stderr.write("".join(f"{name}:{line}\n" for line in lines))
    return LEFT_OVER if lines or not _is_sound(text, output.path) else COMPLETE


def _is_sound(text: str, name: str) -> bool:
    """Tell whether the Kairosfile can be built as it is; what is missing or wrong goes to standard error."""
    try:
        spec.read(spec.decode("Kairosfile" if name == STANDARD_INPUT else name, text.encode()))
    except spec.KairosfileError as error:
        sys.stderr.write(render([Checked.of(error.source, error.diagnostics)]))
        return False
    return True
