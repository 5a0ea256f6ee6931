"""`kairosfile rules`: the rules of the checker, listed or explained."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kairosfile.cli import options
from kairosfile.cli.errors import CliError
from kairosfile.language import rules as known
from kairosfile.language.diagnostics import did_you_mean, nearest

# A wheel has the pages next to this module; a checkout in their source folder.
PAGES = (Path(__file__).parents[1] / "rules", Path(__file__).parents[4] / "docs" / "rules")


def show(word: str | None) -> int:
    """Print all rules, or the page of one; raises CliError for an unknown name."""
    if word is None:
        rows = [f"{rule.id}  {rule.severity:8} {rule.name:24} {rule.summary}" for rule in known.every()]
        sys.stdout.write("\n".join(rows) + "\n")
        return 0
    rule = known.find(word) or known.find(word.upper())
    if rule is None:
        names = [name for rule in known.every() for name in (rule.id, rule.name)]
        raise CliError(
            f'there is no rule "{word}"; {did_you_mean(nearest(word, names)) or "`kairosfile rules` lists them"}'
        )
    sys.stdout.write(_page(rule))
    return 0


def _page(rule: known.Rule) -> str:
    for folder in PAGES:
        if (page := folder / f"{rule.id}.md").exists():
            return f"{page.read_text()}\n{rule.url}\n"
    return f"{rule.id} {rule.name} ({rule.severity})\n{rule.summary}\n{rule.url}\n"


app = options.command()


@app.command()
def rules(
    rule: Annotated[
        str | None, typer.Argument(metavar="ID", help="A rule's id or name. Default: list them all.")
    ] = None,
) -> None:
    """List the rules of the checker, or explain one.

    Example: kairosfile rules KF501
    """
    raise typer.Exit(show(rule))
