"""`kairosfile rules`: the rules of the checker, listed or explained."""

from __future__ import annotations

import sys
from pathlib import Path

from kairosfile.cli.stop import StopError
from kairosfile.spec import rules as known
from kairosfile.spec.diagnostics import did_you_mean

# A wheel carries the pages beside this module; a checkout has them where they are written.
PAGES = (Path(__file__).with_name("rules"), Path(__file__).parents[3] / "docs" / "rules")


def show(word: str | None) -> int:
    """Print all rules, or the page of one; raises StopError for a word that names none."""
    if word is None:
        rows = [f"{rule.id}  {rule.severity:8} {rule.name:24} {rule.summary}" for rule in known.every()]
        sys.stdout.write("\n".join(rows) + "\n")
        return 0
    rule = known.find(word) or known.find(word.upper())
    if rule is None:
        names = [name for rule in known.every() for name in (rule.id, rule.name)]
        raise StopError(f'there is no rule "{word}"; {did_you_mean(word, names) or "`kairosfile rules` lists them"}')
    sys.stdout.write(_page(rule))
    return 0


def _page(rule: known.Rule) -> str:
    for folder in PAGES:
        if (page := folder / f"{rule.id}.md").exists():
            return f"{page.read_text()}\n{rule.url}\n"
    return f"{rule.id} {rule.name} ({rule.severity})\n{rule.summary}\n{rule.url}\n"
