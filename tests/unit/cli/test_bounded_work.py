"""Files with many or long parts: a check takes a time in proportion to the file; numbers of thousands of digits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from kairosfile.cli.attestation_size import refused
from kairosfile.cli.commands.adopt import adopt_text
from kairosfile.cli.commands.check import check_file
from kairosfile.cli.load import LoadOptions
from kairosfile.cli.verify.checks import compared
from kairosfile.cli.verify.evidence import Evidence

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "base: debian:13\nversion: v1.0.0\n"
# The CPU time of the slowest was more than 20 seconds.
SECONDS = 5
TEMPLATE = "cloud_config: [{name: 90.yaml, from: config.yaml, template: true}]\n"
FILES = {
    "unknown rules in a comment": f"{HEAD}# kairosfile: ignore {' '.join(f'KF{n:06}' for n in range(90_000))}\n",
    "unknown rules in a directive": f"# check=skip={','.join(f'w{n}' for n in range(100_000))}\n{HEAD}",
    "misspelt comments": HEAD + "# kairosfile: ignroe KF501\n" * 30_000,
    "comments": HEAD + "# kairosfile: ignore KF501\n" * 30_000,
    "a long key in brackets": f'{{"{"x" * 130_000}": "a", include: [b], version: v1}}\n',
    "args that do not end": HEAD + TEMPLATE + "#${A" * 200_000,
    "templates of AuroraBoot": f"{HEAD}cloud_config: [{{name: 90.yaml, from: config.yaml}}]\n#"
    + "[[[ .a ]]]" * 100_000,
}


@pytest.mark.parametrize("kind", FILES)
def test_a_check_takes_a_time_in_proportion_to_its_file(kind: str, tmp_path: Path) -> None:
    text, _, config = FILES[kind].partition("\n#") if "config.yaml" in FILES[kind] else (FILES[kind], "", "")
    (tmp_path / "Kairosfile").write_text(text)
    (tmp_path / "config.yaml").write_text(f"#cloud-config\na: {config}\n")
    started = time.process_time()
    checked = check_file(str(tmp_path / "Kairosfile"), LoadOptions())

    assert checked.diagnostics
    assert time.process_time() - started < SECONDS


DOCKERFILES = {
    "deep folder": "WORKDIR " + "a/" * 5000 + "\nCOPY --chown=5 a b/\n" * 5,
    "folder of a million characters": "WORKDIR " + "a/" * 450_000 + "\nCOPY --chown=5 a b/\n",
    "nested folders": "".join(f"WORKDIR a{number}\n" for number in range(4000)) + "COPY --chown=5 a b/\n",
    "many folders": "".join(f"COPY --chown=5 a b{number}/\n" for number in range(4000)),
}


@pytest.mark.parametrize("kind", DOCKERFILES)
def test_a_dockerfile_is_adopted_in_a_time_in_proportion_to_it(kind: str) -> None:
    program = "FROM quay.io/kairos/kairos-init:v0.17.3 AS kairos-init\nFROM debian:13\n"
    mount = "--mount=type=bind,from=kairos-init,src=/kairos-init,dst=/kairos-init"
    text = f"{program}{DOCKERFILES[kind]}RUN {mount} /kairos-init --version v1.0.0\n"
    started = time.process_time()
    adopted = adopt_text("Dockerfile", text.encode(), {}, "").text([])

    assert len(adopted) < 1 << 22
    assert time.process_time() - started < SECONDS


DIGITS = "9" * 5000  # `int` refuses these


def test_a_number_of_thousands_of_digits_is_no_number(tmp_path: Path) -> None:
    config = f"stages: {{boot: [{{files: [{{path: /a, permissions: {DIGITS}}}]}}]}}"
    (tmp_path / "Kairosfile").write_text(f"{HEAD}cloud_config: [{{name: 90.yaml, content: {{{config}}}}}]\n")

    assert check_file(str(tmp_path / "Kairosfile"), LoadOptions()).diagnostics
    assert refused([f"error writing data blob x larger than max ({DIGITS} vs. 1)"]) is None
    image = Evidence("linux/amd64", {"org.opencontainers.image.version": "v1"}, None, {})
    assert [one.status for one in compared({"KAIROS_VERSION": DIGITS}, image, None)][-1] == "error"
