"""Five more inputs of each kind in `dockerfiles/`, with their expected results.

`further/KIND.Dockerfiles` has them, separated by `=====`; INIT, BASE, CALL and MOUNT are placeholders of common text.
`further/KIND.expected` has the result of each. Run as a program to regenerate it, then review the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kairosfile.dockerfile.adopt import DockerfileError, NotKairosError, adopt

FOLDER = Path(__file__).with_name("further")
KINDS = sorted(FOLDER.glob("*.Dockerfiles"))
BETWEEN = "=====\n"
FEWEST = 5
MOUNT = "--mount=type=bind,from=kairos-init,src=/kairos-init,dst=/kairos-init"
INIT = "FROM quay.io/kairos/kairos-init:v0.17.3 AS kairos-init\n"
USUAL = {
    "INIT\n": INIT,
    "BASE\n": f"{INIT}FROM debian:13\n",
    "CALL\n": f"RUN {MOUNT} /kairos-init --version v1.0.0\n",
    "MOUNT": MOUNT,
}


def dockerfiles(path: Path) -> list[str]:
    """Return the Dockerfiles of a kind."""
    text = path.read_text()
    for short, long in USUAL.items():
        text = text.replace(short, long)
    return text.split(BETWEEN)


def account_of(text: str) -> str:
    """Return the adopted Kairosfile, the unsupported instructions, and the stages that a build provides as contexts."""
    try:
        adoption = adopt(text, {})
    except (DockerfileError, NotKairosError) as error:
        return f"refused: {error}\n"
    adoption.account.check()
    remaining = [f"left over, line {each.line}: {each.reason}\n" for each in adoption.unsupported]
    built = [f"built: {stage.name}\n" for stage in adoption.built]
    return adoption.text().partition("\n")[2] + "".join([*remaining, *built])


@pytest.mark.parametrize("path", KINDS, ids=lambda path: path.stem)
def test_further_inputs_become_what_is_beside_them(path: Path) -> None:
    texts = dockerfiles(path)

    assert len(texts) >= FEWEST
    assert [account_of(text) for text in texts] == path.with_suffix(".expected").read_text().split(BETWEEN)


if __name__ == "__main__":
    for kind in KINDS:
        kind.with_suffix(".expected").write_text(BETWEEN.join(map(account_of, dockerfiles(kind))))
