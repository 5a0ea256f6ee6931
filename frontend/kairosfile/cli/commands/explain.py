"""`kairosfile explain`: the steps of a build, each with the reasons for it."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kairosfile import language
from kairosfile.cli import options, output, step_text
from kairosfile.cli.errors import CliError
from kairosfile.cli.load import Loaded, LoadOptions, load, report_errors
from kairosfile.plan.explain import Explanation, Field, explain_step, location, one_line
from kairosfile.plan.model import BASE, KAIROS_INIT, Run
from kairosfile.plan.targets import TargetError, find
from kairosfile.untrusted import printable_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType
    from rich.text import Text


SCHEMA = "kairosfile.explain/1"
LONGEST_VALUE = 60


def show(file: str, name: str | None, load_options: LoadOptions, output_format: str) -> int:
    """Explain the steps with a name, all without one. Returns the exit status; raises CliError."""
    try:
        loaded = load(file, load_options)
    except language.KairosfileError as error:
        return report_errors(error)
    explained = explain_steps(loaded, name)
    if output_format == "json":
        sys.stdout.write(printable_json(to_data(loaded, explained)))
    else:
        _print(loaded, explained)
    return 0


def explain_steps(loaded: Loaded, name: str | None) -> list[Explanation]:
    """Explain the steps with a name, all without one; raises CliError."""
    ids = _ids(loaded, name) if name else {step.id for step in loaded.plan.asked_steps}
    steps = [step for step in loaded.plan.every_step if step.id in ids]
    return [explain_step(loaded.document, loaded.plan, step) for step in steps]


def _ids(loaded: Loaded, name: str) -> tuple[str, ...]:
    try:
        target = find(loaded.plan, name)
    except TargetError as error:
        raise CliError(str(error)) from error
    if not target.steps:
        raise CliError(f'"{name}" is an image, not a step: {target.description}')
    return target.steps


def to_data(loaded: Loaded, explained: Iterable[Explanation]) -> dict[str, Any]:
    """Return explanations in the form of `--format json`."""
    steps = [_step_data(loaded, one) for one in explained]
    return {"schema": SCHEMA, "file": loaded.name, "platform": loaded.plan.platform, "steps": steps}


def _step_data(loaded: Loaded, one: Explanation) -> dict[str, Any]:
    mounts = one.step.action.mounts if isinstance(one.step.action, Run) else ()
    return {
        "id": one.step.id,
        "name": one.step.name,
        "purpose": one.purpose,
        "does": step_text.action_to_json(one.step.action),
        "lines": [line._asdict() for line in one.lines],
        "fields": [_field_data(loaded, field) for field in one.fields],
        "starts_from": one.step.start,
        "network": {"mode": one.network, "reason": one.network_reason},
        "mounts": [{"target": each.target, "shows": step_text.describe_mount(loaded.plan, each)} for each in mounts],
        "notes": list(one.notes),
        "runs_again_when": list(one.runs_again_when),
    }


def _field_data(loaded: Loaded, field: Field) -> dict[str, Any]:
    range_text = location(loaded.document, field.range) if field.range else None
    return {"name": field.name, "value": field.shown, "place": range_text, "origin": field.set_by or None}


def _print(loaded: Loaded, explained: list[Explanation]) -> None:
    from rich.text import Text  # noqa: PLC0415 - only people get text

    numbers = {step.id: number for number, step in enumerate(loaded.plan.every_step, 1)}
    parts: list[RenderableType] = [Text(_head(loaded), "bold")]
    for one in explained:
        title = Text.assemble((f"\n{numbers[one.step.id]}. {one.step.id}", "bold cyan"), ("  " + one.step.name, "dim"))
        parts += [title, _table(_rows(loaded, one))]
    output.show(*parts)


def _head(loaded: Loaded) -> str:
    plan = loaded.plan
    base, images = plan.image(BASE).reference, {image.id: image.reference for image in plan.images}
    program = f", with {images[KAIROS_INIT]}" if KAIROS_INIT in images else ""
    return f"{loaded.name} for {plan.platform}: {len(plan.asked_steps)} steps on {base}{program}"


def _table(rows: Iterable[tuple[str, RenderableType]]) -> RenderableType:
    from rich.padding import Padding  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return Padding(table, (0, 0, 0, 3))


def _rows(loaded: Loaded, one: Explanation) -> Iterator[tuple[str, RenderableType]]:
    from rich.text import Text  # noqa: PLC0415

    plan, action = loaded.plan, one.step.action
    yield "why", Text(one.purpose)
    for line in one.lines:
        yield "", _line(line.file, line.number, line.text, line.more)
    yield "does", Text(step_text.describe_action(plan, action))
    if isinstance(action, Run):
        yield from (
            ("with", Text(f"{name}={_short(value)}")) for name, value in step_text.environment_of(action).items()
        )
    yield "depends on", _fields(loaded, one.fields)
    yield "starts from", Text(f"{BASE}, {plan.image(BASE).reference}" if one.step.start == BASE else one.step.start)
    yield "network", Text.assemble((one.network, "" if one.network == "none" else "yellow"), f": {one.network_reason}")
    mounts = action.mounts if isinstance(action, Run) else ()
    for number, each in enumerate(mounts):
        yield "" if number else "mounts", Text(f"{each.target}: {step_text.describe_mount(plan, each)}")
    for number, trigger in enumerate(one.runs_again_when):
        yield "" if number else "runs when", Text(trigger)
    for number, note in enumerate(one.notes):
        yield "" if number else "note", Text(note)


def _line(file: str, number: int, text: str, more: int) -> Text:
    from rich.text import Text  # noqa: PLC0415

    rest = f"  ... {more} more lines" if more > 1 else "  ... 1 more line" if more else ""
    return Text.assemble((f"{file}:{number}", "green"), f"  {text.strip()}", (rest, "dim"))


def _fields(loaded: Loaded, fields: Iterable[Field]) -> RenderableType:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table.grid(padding=(0, 2))
    for field in fields:
        value = one_line(field.shown).replace("\n", " | ")
        short = value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 4].rstrip() + " ..."
        origin = location(loaded.document, field.range) if field.range else field.set_by or "default"
        table.add_row(Text(field.name), Text(short, "bold"), Text(origin, "green" if field.range else "dim"))
    return table


def _short(value: str) -> str:
    """Return a value as one line: for a script only its length."""
    lines = value.count("\n")
    return value if lines <= 1 else f"(a script of {lines} lines)"


class Format(StrEnum):
    """Output formats of `explain`."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def explain(
    step: Annotated[
        str | None,
        typer.Argument(
            metavar="STEP",
            help="A step by id or name, or a hook, as for --target. Default: all.",
        ),
    ] = None,
    *,
    file: options.OnlyFileOption = options.FILE,
    build_arg: options.BuildArgs = None,
    platform: options.OnePlatform = None,
    context: options.Context = None,
    output_format: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Explain steps: their commands, reasons and cache.

    With the inputs, the network and the mounts of each step.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used.

    Example: kairosfile explain install
    """
    load_options = LoadOptions.parse(build_arg, platform, context)
    try:
        raise typer.Exit(show(file, step, load_options, output_format.value))
    except CliError as error:
        if step is None or file != options.FILE or not Path(step).is_file():
            raise
        raise CliError(f"{step} is a file, not a step: run `kairosfile explain -f {step}`") from error
