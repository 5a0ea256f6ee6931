"""The pictures of the docs equal the command's output."""

from __future__ import annotations

import pytest

from tests.support.generate.pictures import IMAGES, PICTURES, draw, scale


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_command_draws(name: str) -> None:
    assert (IMAGES / name).read_text() == draw(name), "python -m tests.support.generate.pictures writes them anew"


def test_the_chart_has_the_figures_of_its_page() -> None:
    assert (IMAGES / "scale.svg").read_text() == scale(), "python -m tests.support.generate.pictures writes it anew"
    assert ">4040</text>" in scale()
