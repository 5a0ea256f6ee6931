"""The lock file: its round trip, the order of its images, and valid digests."""

from __future__ import annotations

import pytest

from kairosfile import language
from kairosfile.language import lockfile
from kairosfile.language.lockfile import is_digest

DIGEST = "sha256:" + "0f" * 32
IMAGES = {
    "docker.io/library/debian:13": DIGEST,
    "[::1]:5000/a:1": "sha256:" + "1e" * 32,
    "registry.example:5000/b:2": "sha256:" + "2d" * 32,
}


@pytest.mark.parametrize("images", [IMAGES, {}])
def test_what_is_written_is_read_again(images: dict[str, str]) -> None:
    text = lockfile.text("Kairosfile", images)

    assert lockfile.read("Kairosfile.lock", text.encode()).images == images
    assert "Kairosfile" in text.splitlines()[0]


def test_images_are_written_in_order_so_that_a_difference_is_small() -> None:
    rows = [line for line in lockfile.text("Kairosfile", IMAGES).splitlines() if line.startswith("  ")]

    assert rows == [
        f'  "[::1]:5000/a:1": {IMAGES["[::1]:5000/a:1"]}',
        f"  docker.io/library/debian:13: {DIGEST}",
        f"  registry.example:5000/b:2: {IMAGES['registry.example:5000/b:2']}",
    ]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (DIGEST, True),
        (DIGEST[:-1], False),
        (f"{DIGEST}0", False),
        (DIGEST.replace("f", "F"), False),
        (DIGEST.replace("f", "X"), False),
        (DIGEST.removeprefix("sha256:"), False),
        (DIGEST.replace("256", "512"), False),
    ],
)
def test_a_digest_is_what_registries_write(word: str, *, expected: bool) -> None:
    assert is_digest(word) is expected
    if not expected:
        with pytest.raises(language.KairosfileError):
            lockfile.read("Kairosfile.lock", f"version: 1\nimages:\n  a/b:1: {word}\n".encode())
