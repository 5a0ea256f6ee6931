"""Image references are completed as Docker completes them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kairosfile.llb import normalize_reference

SHA256 = "sha256:" + "1f" * 32
SHA512 = "sha512:" + "1f" * 64

# The grammar of full names, as the patterns of github.com/distribution/reference have it.
LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
DOMAIN = rf"(?:{LABEL}(?:\.{LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
GRAMMAR = re.compile(rf"{DOMAIN}(?:/{COMPONENT})+(?::\w[\w.-]{{0,127}})?(?:@sha256:[a-f0-9]{{64}})?", re.ASCII)
PARTS = st.sampled_from(
    [*"aZ09._-:/@[] \n\u00e9\u0660", "__", "--", ".example", "[::1]", ":5000", "@" + SHA256, "a" * 128]
)


@pytest.mark.parametrize(
    ("ref", "full"),
    [
        ("debian", "docker.io/library/debian:latest"),
        ("debian:12", "docker.io/library/debian:12"),
        (f"debian@{SHA256}", f"docker.io/library/debian@{SHA256}"),
        (f"debian:12@{SHA512}", f"docker.io/library/debian:12@{SHA512}"),
        ("org/app", "docker.io/org/app:latest"),
        ("docker.io/debian", "docker.io/library/debian:latest"),
        ("index.docker.io/library/debian:12", "docker.io/library/debian:12"),
        ("localhost/x", "localhost/x:latest"),
        ("localhost", "docker.io/library/localhost:latest"),
        ("localhost:5000", "docker.io/library/localhost:5000"),
        ("localhost:5000/x:y", "localhost:5000/x:y"),
        ("quay.io/a/b/c:v1", "quay.io/a/b/c:v1"),
        ("[::1]:5000/x", "[::1]:5000/x:latest"),
        ("HOST/x", "HOST/x:latest"),
        ("a__b/c--d.e_f:T.-_", "docker.io/a__b/c--d.e_f:T.-_"),
        ("f" * 63, f"docker.io/library/{'f' * 63}:latest"),
    ],
)
def test_a_name_is_completed(ref: str, full: str) -> None:
    assert normalize_reference(ref) == full
    assert normalize_reference(full) == full


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        ("", "not the name of an image"),
        ("a//b", "not the name of an image"),
        ("a___b", "not the name of an image"),
        ("a:", "not the name of an image"),
        ("a:-x", "not the name of an image"),
        (f"a:{'t' * 129}", "not the name of an image"),
        ("a@sha256:abc", "not the name of an image"),
        (f"a@{SHA256.upper()}", "not the name of an image"),
        ("a b", "not the name of an image"),
        ("debian\n", "not the name of an image"),
        ("quay.io:port/x", "not the name of an image"),
        ("quay.-io/x", "not the name of an image"),
        ("[::g]/x", "not the name of an image"),
        ("Debian", "lower case"),
        ("quay.io/Org/x", "lower case"),
        ("f" * 64, "the id of an image"),
        ("a/" + "b" * 255, "more than 255 characters"),
    ],
)
def test_what_docker_would_refuse_is_refused(ref: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        normalize_reference(ref)


@given(st.lists(PARTS, min_size=1, max_size=8).map("".join))
def test_the_names_that_are_accepted_are_those_of_the_grammar(rest: str) -> None:
    """After a registry, so that nothing is completed in front of the name."""
    ref = f"example.com:5000/{rest}"
    try:
        accepted = normalize_reference(ref) in (ref, f"{ref}:latest")
    except ValueError as error:
        accepted = "more than 255 characters" in str(error)

    assert accepted == bool(GRAMMAR.fullmatch(ref))


@given(st.lists(PARTS, min_size=1, max_size=8).map("".join))
def test_the_registries_that_are_accepted_are_those_of_the_grammar(domain: str) -> None:
    """With a dot in front, or it may not be a registry."""
    ref = f"a.{domain}/b:c"
    try:
        accepted = normalize_reference(ref) == ref
    except ValueError as error:
        accepted = "more than 255 characters" in str(error)

    assert accepted == bool(GRAMMAR.fullmatch(ref))
