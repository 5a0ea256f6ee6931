"""Suggestions for an unknown word."""

from __future__ import annotations

import pytest

from kairosfile.language.suggestions import SYNONYMS, nearest
from kairosfile.sections import schema
from kairosfile.sections.hooks.model import STEP_KINDS
from kairosfile.sections.image_tests.model import TEST_KINDS
from kairosfile.sections.kairosfile import Kairosfile

TOP = list(Kairosfile.model_fields)


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("ISO", ["iso", "uki", "raw"], "iso"),
        ("RUN", STEP_KINDS, "run"),
        ("trustedBoot", TOP, "trusted_boot"),
        ("cloud-config", TOP, "cloud_config"),
        ("dest", ["copy", "to", "from", "owner"], "to"),
        ("kubernetes", TOP, "provider"),
        ("k8s", TOP, "provider"),
        ("file", TEST_KINDS, "path"),
        ("file", STEP_KINDS, "file"),
        ("Raspberry-Pi-4", ["generic", "rpi3", "rpi4"], "rpi4"),
        ("providr", TOP, "provider"),
        ("rpi5", ["generic", "rpi3", "rpi4"], ""),
        ("sha512", ["sha256", "mode"], ""),
        ("arm46", ["arm64", "amd64"], "arm64"),
        ("k8s", ["k3s", "k0s"], "k3s"),
        ("sommething else", TOP, ""),
        ("x" * 10_000, TOP, ""),
    ],
)
def test_case_synonyms_and_likeness_lead_to_a_word_that_is_known(word: str, known: list[str], meant: str) -> None:
    assert nearest(word, known) == meant


def test_every_synonym_maps_to_a_key_or_value_of_the_language() -> None:
    language = schema.build()
    keys = {key for record in (language, *language["$defs"].values()) for key in record.get("properties", {})}
    words = {"linux/arm64", "linux/amd64", "rpi3", "rpi4", "platform", "directory", "symlink"}

    assert {word for meant in SYNONYMS.values() for word in meant} <= keys | words
