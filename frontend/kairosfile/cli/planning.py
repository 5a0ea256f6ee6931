"""`kairosfile plan`: the steps of a build before there is one."""

from __future__ import annotations

import json
import shlex
import sys

from kairosfile import spec
from kairosfile.cli.checking import FAULTY, STANDARD_INPUT, Wishes, read, read_bytes
from kairosfile.cli.loading import of_target
from kairosfile.cli.terminal import coloured
from kairosfile.plan import Plan, resolve
from kairosfile.plan.model import Run, Step
from kairosfile.plan.serial import to_json
from kairosfile.spec.render import Checked
from kairosfile.spec.render.text import render

HEADINGS = ("step", "name", "network", "does", "depends on")


def show(file: str, wishes: Wishes, target: str | None, form: str) -> int:
    """Print the plan of a file; its errors go to standard error. Returns the exit status; raises StopError."""
    data = read_bytes(file)
    try:
        source = spec.decode("<stdin>" if file == STANDARD_INPUT else file, data)
        (plan,) = resolve(read(source, file, wishes), wishes.platforms)
    except spec.KairosfileError as error:
        sys.stderr.write(render([Checked.of(error.source, error.diagnostics)]))
        return FAULTY
    plan = of_target(plan, target)
    if form == "json":
        sys.stdout.write(json.dumps(to_json(plan), indent=2) + "\n")
    else:
        _print_table(plan)
    return 0


def _print_table(plan: Plan) -> None:
    """Print a table on a terminal, and blocks that a program can cut elsewhere."""
    if not sys.stdout.isatty():
        sys.stdout.write("\n\n".join([_head(plan), *map(_block, plan.asked_steps)]) + "\n")
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal gets a table
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*HEADINGS, title=_head(plan), title_justify="left", show_lines=True)
    for step in plan.asked_steps:
        table.add_row(*map(Text, _row(step)))
    Console(no_color=not coloured()).print(table)


def _head(plan: Plan) -> str:
    images = ", ".join(f"{image.id} {image.reference}" for image in plan.images)
    return f"{plan.platform}: {images}"


def _row(step: Step) -> tuple[str, ...]:
    network = step.action.network if isinstance(step.action, Run) else "none"
    return step.id, step.name, network, _does(step), "\n".join(step.fields)


def _does(step: Step) -> str:
    """Return what a step does, as data where it is no command."""
    if isinstance(step.action, Run):
        return shlex.join(step.action.argv)
    kind = type(step.action).__name__.lower()
    told = to_json(Plan("", (), (step,), "", ()))["steps"][0][kind]
    return " ".join([kind, *(f"{key}={shlex.quote(_word(value))}" for key, value in told.items())])


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _block(step: Step) -> str:
    step_id, name, network, does, fields = _row(step)
    depends = fields.replace("\n", ", ")
    return f"{step_id}: {name}\n  network: {network}\n  does: {does}\n  depends on: {depends}"
