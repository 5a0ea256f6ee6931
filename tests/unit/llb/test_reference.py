"""Image references are completed as Docker completes them."""

from __future__ import annotations

import pytest

from kairosfile.llb import normalize_reference

SHA256 = "sha256:" + "1f" * 32
SHA512 = "sha512:" + "1f" * 64


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
        ("Debian", "lower case"),
        ("quay.io/Org/x", "lower case"),
        ("f" * 64, "the id of an image"),
        ("a/" + "b" * 255, "more than 255 characters"),
    ],
)
def test_what_docker_would_refuse_is_refused(ref: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        normalize_reference(ref)
