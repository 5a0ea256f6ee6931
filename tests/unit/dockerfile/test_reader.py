"""The reader parses Dockerfiles as BuildKit does: its own parser, from the package `dockerfile`, is the oracle."""

from __future__ import annotations

import dockerfile as buildkit
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kairosfile.dockerfile import reader
from kairosfile.dockerfile.eject.instructions import exec_form
from kairosfile.dockerfile.reader import DockerfileError
from tests.unit.dockerfile.test_adopt import DOCKERFILES, FOLDER

PIECES = ["RUN", "COPY", "ADD", "ENV", "FROM a", "LABEL", " ", " ", "\n", "\\\n", "\\ \n", "\\\\\n", "#", "# x\n", "\t"]
PIECES += ["<<EOF", "<<-'E'", "EOF\n", "E\n", "\tE\n", '"', "'", "a", "b=c", "--mount=type=cache,id='x y'", "--network"]
PIECES += ["[", '"a"', ",", "]", "$X", "${Y:-z}", "&&", ";", "<<", "\r\n"]


def instructions(text: str) -> list[tuple[str, list[str], list[str]]]:
    """Return keyword, flags and here-document content of each instruction, as our reader parses them."""
    actual = []
    for each in reader.parse(text).instructions:
        flags = [f"--{name}={value}" for name, value in each.flags]
        actual.append((each.keyword, flags, [heredoc.content for heredoc in each.heredocs]))
    return actual


def expected(text: str) -> list[tuple[str, list[str], list[str]]]:
    """Return the same as BuildKit parses them."""
    return [
        (
            each.cmd.upper(),
            [flag if "=" in flag else f"{flag}=true" for flag in each.flags],
            [_chomped(heredoc.content, each.original, heredoc.name) for heredoc in each.heredocs],
        )
        for each in buildkit.parse_string(text)
        if each.cmd
    ]


def _chomped(content: str, original: str, name: str) -> str:
    """BuildKit's parser keeps the tabs that `<<-` removes; the instruction's executor removes them."""
    is_chomped = any(f"<<-{quote}{name}" in original for quote in ("", "'", '"'))
    return "".join(line.lstrip("\t") for line in content.splitlines(keepends=True)) if is_chomped else content


@pytest.mark.parametrize("name", DOCKERFILES)
def test_known_file_is_read_as_buildkit_reads_it(name: str) -> None:
    text = (FOLDER / name).read_text()

    assert instructions(text) == expected(text)


@pytest.mark.parametrize("name", DOCKERFILES)
def test_the_text_of_a_run_is_the_one_that_buildkit_passes_to_the_shell(name: str) -> None:
    text = (FOLDER / name).read_text()
    ours = [each.joined for each in reader.parse(text).instructions if each.keyword == "RUN" and not each.exec_form]
    theirs = [each.value[0] for each in buildkit.parse_string(text) if each.cmd.upper() == "RUN" and not each.json]

    assert ours == theirs


@given(st.lists(st.sampled_from(PIECES), max_size=25).map(lambda pieces: "FROM x\n" + "".join(pieces)))
@example("FROM x\nRUN a \\\\\nRUN b")
@example("FROM x\nRUN <<EOF\nRUN a\nEOF\nRUN b")
@example("FROM x\nCOPY <<A <<'B' /\n1\nA\n2\nB\n")
def test_made_file_is_read_as_buildkit_reads_it_or_refused(text: str) -> None:
    try:
        ours = instructions(text)
    except DockerfileError:
        return  # BuildKit rejects some of these only at run time
    try:
        theirs = expected(text)
    except buildkit.GoParseError:
        return
    assert [keyword for keyword, _, _ in ours] == [keyword for keyword, _, _ in theirs]
    assert [content for _, _, content in ours] == [content for _, _, content in theirs]


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r")), min_size=1))
def test_words_in_exec_form_are_read_as_they_were(words: list[str]) -> None:
    (instruction,) = reader.parse(f"RUN --network=none \\\n    {exec_form(words)}\n").instructions

    assert instruction.exec_form == words
    assert instruction.flags == (("network", "none"),)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r")))
def test_any_text_is_read_or_refused_with_its_line(text: str) -> None:
    try:
        actual = reader.parse(text)
    except DockerfileError as error:
        assert error.line > 0
    else:
        assert all(instruction.line > 0 for instruction in actual.instructions)


def test_comments_keep_their_positions() -> None:
    text = (
        "# syntax=x\n# of the file\n\n# of FROM\nFROM a\n# apart\n\n# of RUN\nRUN a \\\n  # inside\n  b\n# at the end\n"
    )

    actual = reader.parse(text)

    assert actual.head == ("of the file",)
    assert [each.comment for each in actual.instructions] == [("of FROM",), ("apart", "of RUN")]
    assert actual.instructions[1].inner == ("inside",)
    assert actual.tail == ("at the end",)


def test_escape_character_of_a_directive_counts() -> None:
    (_, run) = reader.parse("# escape=`\nFROM a\nRUN one `\n  # not this\n\n  two\n").instructions

    assert run.joined == "one   two"


def test_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(DockerfileError, match="larger than"):
        reader.parse("FROM a\n" + "#" * reader.MAX_CHARACTERS)
    with pytest.raises(DockerfileError, match="more than 10000 instructions"):
        reader.parse("FROM a\n" * 20_000)
