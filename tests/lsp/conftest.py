from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lsp.editor import Editor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Editor]]:
    """Return a function that starts an editor with options of the command. All editors exit at the end."""
    started: list[Editor] = []

    def begin(*options: str, **more: object) -> Editor:
        started.append(Editor(tmp_path, *options, **more))  # type: ignore[arg-type]
        return started[-1]

    yield begin
    for editor in started:
        assert editor.close() == 0


@pytest.fixture
def editor(start: Callable[..., Editor]) -> Editor:
    return start()
