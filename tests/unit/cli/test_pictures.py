"""The pictures of the docs equal the command's output."""

from __future__ import annotations

import pytest

from tests.support.generate.pictures import IMAGES, PICTURES, draw


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_command_draws(name: str) -> None:
    assert (IMAGES / name).read_text() == draw(name), "python -m tests.support.generate.pictures writes them anew"
