"""`adopt` preserves texts exactly, including their first and last characters."""

from __future__ import annotations

import pytest

from kairosfile import language, sections
from kairosfile.dockerfile.adopt import writer

HEAD = {"base": "debian:13", "version": "v1.0.0"}


@pytest.mark.parametrize(
    "text", ["\tx\n", "\t\n", "\n\tx\n", "  x\n", "x\n\ty", "x \n", "x\n\n", "a\tb", "\t\ta\n  b\n"]
)
def test_a_text_is_read_as_it_was_written(text: str) -> None:
    output = writer.write({**HEAD, "labels": {"a": text}})

    assert sections.read(language.Source("Kairosfile", output), {}, platforms=["linux/amd64"]).model.labels == {
        "a": text
    }
