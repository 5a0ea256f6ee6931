"""`kairosfile diff`: the steps of a file that run again after a build of another one."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kairosfile import language
from kairosfile.cli import options, output
from kairosfile.cli.load import Loaded, LoadOptions, in_folder, load, locate, report_errors
from kairosfile.plan.diff import Change, Difference, Verdict, Version, compare
from kairosfile.plan.explain import location, one_line
from kairosfile.plan.targets import TargetError, requested_only, select
from kairosfile.untrusted import printable_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from kairosfile.language.nodes import Plain
    from kairosfile.plan import Plan


SCHEMA = "kairosfile.diff/1"
ALWAYS = "each time: the secret may have changed"
COLOURS = {"cached": "green", "runs": "yellow", "new": "yellow", "gone": "red"}


@dataclass(frozen=True, slots=True)
class Compared:
    """Two files on one platform, and their differences."""

    old: Loaded
    new: Loaded
    difference: Difference


def load_both(old: str, new: str, load_options: LoadOptions, target: str | None) -> Compared:
    """Return two files on the platform of the new one; raises KairosfileError and CliError."""
    now = load(new, load_options, target)
    was = load(old, replace(load_options, platforms=[now.plan.platform]))
    now = replace(now, plan=requested_only(now.plan))
    was = replace(was, plan=requested_only(_built(was.plan, target)))
    return Compared(was, now, compare(Version(was.document, was.plan), Version(now.document, now.plan)))


def _built(plan: Plan, target: str | None) -> Plan:
    """Return the plan of the old file: of the target, or of all steps if it has no such target yet."""
    try:
        return plan if target is None else select(plan, target)
    except TargetError:
        return plan


def show(old: str, new: str, load_options: LoadOptions, target: str | None, output_format: str) -> int:
    """Show the steps that the edit from `old` to `new` runs again. Returns the exit status; raises CliError."""
    try:
        compared = load_both(old, new, load_options, target)
    except language.KairosfileError as error:
        return report_errors(error)
    if output_format == "json":
        sys.stdout.write(printable_json(to_data(compared)))
    else:
        output.show(*_lines(compared))
    return 0


def result(verdict: Verdict) -> str:
    """Return a verdict in a word: cached, runs, or new."""
    if not verdict.runs:
        return "cached"
    return "runs" if verdict.was else "new"


def to_data(compared: Compared) -> dict[str, Any]:
    """Return a comparison in the form of `--format json`."""
    difference = compared.difference
    gone = [{"id": step.id, "name": step.name, "result": "gone", "reasons": []} for step in difference.removed]
    return {
        "schema": SCHEMA,
        "old": compared.old.name,
        "new": compared.new.name,
        "platform": compared.new.plan.platform,
        "steps": [*(_step_data(compared, verdict) for verdict in difference.steps), *gone],
        "labels": [_change_data(compared, change) for change in difference.labels],
        "annotations": [_change_data(compared, change) for change in difference.annotations],
        "names": [_change_data(compared, change) for change in difference.names],
    }


def _step_data(compared: Compared, verdict: Verdict) -> dict[str, Any]:
    reasons = [{"kind": "field", **_change_data(compared, change)} for change in verdict.changes]
    follows = [{"kind": "start", "name": verdict.follows}] if verdict.follows else []
    secret = [{"kind": "secret"}] if verdict.runs and verdict.step.runs_each_time else []
    return {
        "id": verdict.step.id,
        "name": verdict.step.name,
        "result": result(verdict),
        "was": verdict.was.id if verdict.was else None,
        "reasons": [*reasons, *follows, *secret],
    }


def _change_data(compared: Compared, change: Change) -> dict[str, Any]:
    return {"name": change.name, "old": change.old, "new": change.new, "place": _location(compared, change) or None}


def _location(compared: Compared, change: Change) -> str:
    range_ = change.field.range if change.field else None
    return location(compared.new.document, range_) if range_ else ""


def _lines(compared: Compared) -> Iterator[Text]:
    from rich.text import Text  # noqa: PLC0415 - only people get text

    difference = compared.difference
    yield Text(_head(compared), "bold")
    yield Text("")
    width = max(len(step.id) for step in (*(it.step for it in difference.steps), *difference.removed))
    for verdict in difference.steps:
        yield _row(result(verdict), verdict.step.id.ljust(width), verdict.step.name)
        yield from _reasons(compared, verdict)
    for step in difference.removed:
        yield _row("gone", step.id.ljust(width), step.name)
    yield from _aside(compared)


def _head(compared: Compared) -> str:
    steps = compared.difference.steps
    count = sum(verdict.runs for verdict in steps)
    cost = f"{count} of {len(steps)} steps run" if count else f"nothing runs, all {len(steps)} steps are cached"
    return f"{compared.old.name} -> {compared.new.name} for {compared.new.plan.platform}: {cost}"


def _row(word: str, step: str, name: str) -> Text:
    from rich.text import Text  # noqa: PLC0415

    return Text.assemble("  ", (f"{word:6}", COLOURS[word]), f"  {step}  ", (name, "dim"))


def _reasons(compared: Compared, verdict: Verdict) -> Iterator[Text]:
    from rich.text import Text  # noqa: PLC0415

    for change in verdict.changes:
        yield from _values(change, _location(compared, change), "            ")
    images = {image.id for image in compared.new.plan.images}
    if verdict.follows and not (verdict.follows in images and verdict.changes):
        yield Text(f"            {_why_it_follows(compared, verdict)}", "dim")
    if verdict.runs and verdict.step.runs_each_time:
        yield Text(f"            {ALWAYS}", "dim")


def _why_it_follows(compared: Compared, verdict: Verdict) -> str:
    again = {it.step.id for it in compared.difference.steps if it.runs}
    if verdict.follows in again:
        return f"after {verdict.follows}, which runs"
    if verdict.follows != verdict.step.start:
        return f"works on the result of {verdict.follows} now, on another step's before"
    before = verdict.was.start if verdict.was else verdict.follows
    return f"starts from {verdict.follows} now, from {before} before"


def _aside(compared: Compared) -> Iterator[Text]:
    from rich.text import Text  # noqa: PLC0415

    difference = compared.difference
    kinds = (("label", difference.labels), ("annotation", difference.annotations), ("progress name", difference.names))
    changes = [change._replace(name=f"{kind} {change.name}") for kind, members in kinds for change in members]
    if changes:
        yield Text("\nchanges without running anything")
    for change in changes:
        yield from _values(change, "", "  ")


def _values(change: Change, range_text: str, indent: str) -> Iterator[Text]:
    from rich.text import Text  # noqa: PLC0415

    suffix = f"  {range_text}" if range_text else ""
    if "\n" not in f"{change.old}{change.new}".rstrip("\n"):
        values = ((_short(change.old), "red"), " -> ", (_short(change.new), "green"))
        yield Text.assemble(f"{indent}{change.name}: ", *values, (suffix, "dim"))
        return
    yield Text.assemble(f"{indent}{change.name}:", (suffix, "dim"))
    for line in _changed_lines(str(change.old or ""), str(change.new or "")):
        yield Text(f"{indent}  {line}", "green" if line.startswith("+") else "red")


def _short(value: Plain) -> str:
    return one_line(value).strip()


def _changed_lines(old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    return [f"{line[0]} {line[1:]}" for line in lines if not line.startswith(("---", "+++", "@@"))]


class Format(StrEnum):
    """Output formats of `diff`."""

    TEXT = "text"
    JSON = "json"


app = options.command()


@app.command()
def diff(
    old: Annotated[
        str | None,
        typer.Argument(
            metavar="OLD",
            help="The built file: a file, a folder or REVISION:FILE. Default: NEW in git's HEAD.",
        ),
    ] = None,
    new: Annotated[str | None, typer.Argument(metavar="NEW", help="The file to build, in the same forms.")] = None,
    file_option: Annotated[
        str | None,
        typer.Option("--file", "-f", metavar="FILE", help="The same as the argument NEW. Default: Kairosfile."),
    ] = None,
    *,
    build_arg: options.BuildArgs = None,
    platform: options.OnePlatform = None,
    context: options.Context = None,
    target: options.Target = None,
    output_format: Annotated[Format, typer.Option("--format", help="For people or programs.")] = Format.TEXT,
) -> None:
    """Show which steps an edit makes run again, and why.

    The others stay cached.

    The steps are those of the image and of the artifacts that the file requests, or those of one target.

    Files of the build context and the images of tags count as unchanged.

    Exit status: 0, 1 for a file with errors, 2 arguments or files that cannot be used.

    Example: kairosfile diff HEAD~1:Kairosfile Kairosfile
    """
    name, load_options = locate(new, file_option, LoadOptions.parse(build_arg, platform, context))
    raise typer.Exit(show(in_folder(old) if old else f"HEAD:./{name}", name, load_options, target, output_format.value))
