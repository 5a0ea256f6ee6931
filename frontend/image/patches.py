"""What of the libraries is changed for the image: work at every start that no frontend needs.

Each patch replaces a text that must be there exactly once, so a new release of a library that no longer fits stops the
build of the image instead of passing unseen. None changes what the frontend does, only when it is ready to do it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Patch(NamedTuple):
    """A text of a module, and what stands in the image instead; without a text all of the module is replaced."""

    module: str
    old: str
    new: str


STANDARD_LIBRARY = (
    # Without docstrings (`-OO`) every dataclass would be given one, made of its signature: half the cost of the class.
    Patch("dataclasses.py", "if not getattr(cls, '__doc__'):", "if False:"),
)

WHEELS = (
    # Looks for plugins among the installed distributions. The image has none.
    Patch("pydantic/plugin/_loader.py", "", "def get_plugins():\n    return ()\n"),
    # 79 shapes of dictionaries: at run time each is a dict, and nobody reads which keys it may have.
    Patch(
        "pydantic_core/core_schema.py",
        "else:\n    from typing import TypedDict\n",
        "else:\n    class TypedDict(dict):\n        def __init_subclass__(cls, total=True):\n            pass\n",
    ),
    # For the scanner in Python, of which the one in C only uses the exception.
    Patch("yaml/reader.py", "NON_PRINTABLE = re.compile(", "NON_PRINTABLE = str("),
    # Messages in Python, imported beside those in C, which need of it what it imports here.
    Patch("google/protobuf/internal/python_message.py", "", "from google.protobuf.internal import well_known_types\n"),
)


def apply(patches: tuple[Patch, ...], library: Path) -> None:
    """Change the modules of a library; ends the program where one is not as expected."""
    for patch in patches:
        path = library / patch.module
        text = path.read_text()
        if patch.old and text.count(patch.old) != 1:
            sys.exit(f"{patch.module} no longer holds this once, which {__file__} replaces:\n{patch.old}")
        path.write_text(text.replace(patch.old, patch.new) if patch.old else patch.new)
