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


SILENT_LOGGING = """\
class Logger:
    def debug(self, *_, **__):
        pass


def getLogger(name):
    return Logger()
"""

STANDARD_LIBRARY = (
    # Without docstrings (`-OO`) every dataclass would be given one, made of its signature: half the cost of the class.
    Patch("dataclasses.py", "if not getattr(cls, '__doc__'):", "if False:"),
    # Methods that are written and compiled for each of the libraries' dataclasses: how it prints, and that of a frozen
    # one which refuses an assignment. Nothing prints them, and who assigns is found by the tests, which have both.
    Patch("dataclasses.py", "    if repr:", "    if False:"),
    Patch("dataclasses.py", "    locals = {'cls': cls,\n", "    return ()\n    locals = {'cls': cls,\n"),
    # The annotations of a named tuple are compiled to see that they may be types; mypy has seen it.
    Patch("typing.py", '_type_check(t, f"field {n} annotation must be a type")', "t"),
    # Types that pydantic knows and no field of the language has.
    Patch("decimal.py", "", "class Decimal:\n    pass\n"),
    Patch("fractions.py", "", "class Fraction:\n    pass\n"),
    Patch(
        "zoneinfo/__init__.py", "", "class ZoneInfo:\n    pass\n\n\nclass ZoneInfoNotFoundError(KeyError):\n    pass\n"
    ),
    # hpack tells it of every header, and nobody listens.
    Patch("logging/__init__.py", "", SILENT_LOGGING),
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
