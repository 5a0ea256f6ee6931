"""`kairosfile eject`: a Kairosfile to a Dockerfile."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile import spec
from kairosfile.cli.checking import FAULTY, STANDARD_INPUT, Wishes, read, read_bytes
from kairosfile.dockerfile.eject import InexpressibleError
from kairosfile.dockerfile.eject import eject as write_down
from kairosfile.dockerfile.eject.comments import places
from kairosfile.plan import resolve
from kairosfile.spec.render import Checked
from kairosfile.spec.render.text import render

if TYPE_CHECKING:
    from kairosfile.cli.output import Output


def eject(file: str, wishes: Wishes, output: Output) -> int:
    """Write the Dockerfile of a file; its errors go to standard error. Returns the exit status."""
    data = read_bytes(file)
    name = "Kairosfile" if file == STANDARD_INPUT else Path(file).name
    try:
        source = spec.decode("<stdin>" if file == STANDARD_INPUT else file, data)
        (plan,) = resolve(read(source, file, wishes), wishes.platforms)
        text = write_down(plan, name)
    except spec.KairosfileError as error:
        sys.stderr.write(render([Checked.of(error.source, error.diagnostics)]))
        return FAULTY
    except InexpressibleError as error:
        for step, reason in error.unsaid:
            sys.stderr.write(f"{places(step.ranges, file)}: {step.name}: not in a Dockerfile: {reason}\n")
        return FAULTY
    output.write(text)
    return 0
