"""The commands in the comments of a Kairosfile, as `kairosfile new` writes them."""

from __future__ import annotations

import re
import shlex

_COMMAND = re.compile(r"#.*?[ `](kairosfile [a-z -][^`\n]*)")
_CONTINUED = re.compile(r"\\\n# *")


def commands_of(text: str) -> list[list[str]]:
    """Return the arguments of each call of `kairosfile`, in their order."""
    return [shlex.split(line)[1:] for line in _COMMAND.findall(_CONTINUED.sub("", text))]
