"""Detection of commands that may read an earlier step's package lists: it misses none, so no hook breaks."""

from __future__ import annotations

import random
import subprocess
from typing import TYPE_CHECKING

import pytest

from kairosfile.sections.hooks.package_lists import may_read_lists

if TYPE_CHECKING:
    from pathlib import Path

UPDATES = [
    "apt-get update && apt-get install -y vim",
    "apt-get -qq update; apt-get install -y vim",
    "set -eux\nexport DEBIAN_FRONTEND=noninteractive\napt update\n./install.sh",
    "DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 update\nmake",
    "cd /tmp && apt-get update && apt-get install -y vim",
    ["apt-get", "update"],
]
HARMLESS = [
    "echo one > /hook; head -c 10 /dev/urandom > /usr/share/tool",
    "systemctl enable foo.service && systemctl mask bar.service",
    "if [ -f /etc/x ]; then sed -i 's/a/b; c/' /etc/x; fi",
    "curl -fsSL https://example.com/x.tar.gz | tar -xz -C /opt",
    "# apt-get install vim\nmkdir -p /a  # don't; apt-get install\ntouch /a/b",
    "cat > /etc/x <<EOF\napt-get install vim\nEOF\nchmod 600 /etc/x",
    "cat <<-'EOF' > /etc/x\n\tfoo bar\n\tEOF",
    "depmod $(ls /lib/modules)",
    "rm -rf /var/lib/apt/lists/*",
    "for it in a b; do echo apt-get install $it; done",
    "printf 'a\\nb' >/x 2>&1",
    'echo "say \\"apt-get install vim\\""',
    ["systemctl", "enable", "foo"],
]
MAY_READ = [
    "apt-get install -y vim",
    ["apt-get", "install", "vim"],
    "./install.sh",
    "curl -fsSL https://example.com/install.sh | sh",
    "$INSTALL vim",
    "env apt-get install vim",
    "echo vim | xargs apt-get install",
    'echo "$(apt-get install vim)"',
    "echo `apt-get install vim`",
    "x=$(apt-get install vim)",
    "echo a#b; apt-get install vim",
    "# don't\napt-get install vim\n# won't",
    "'apt-get' install vim",
    "apt\\-get install vim",
    "apt-get install vim; apt-get update",
    "apt-get update || true; apt-get install vim",
    "apt-get update & apt-get install vim",
    "apt-get update && true & apt-get install vim",
    "echo `apt-get update` | apt-get install vim",
    "[ -e /x ] && apt-get update\napt-get install vim",
    "if false; then apt-get update; fi; apt-get install vim",
    "true || apt-get update; apt-get install vim",
    "false && (true; apt-get update); apt-get install vim",
    "false || { true; apt-get update; }; apt-get install vim",
    "f() { apt-get update; }; apt-get install vim",
    "echo 'first\napt-get update'\napt-get install vim",
    'echo "first\napt-get update\n"; apt-get install vim',
    "echo 'x && apt-get update' && apt-get install vim",
    "# first (apt-get update), then\napt-get install vim",
    "cat <<EOF\napt-get update\nEOF\napt-get install vim",
    "cat <<EOF\n$(apt-get install vim)\nEOF",
    "cat <<EOF\n\tEOF\napt-get update\nEOF\napt-get install vim",
    "sh <<EOF\napt-get install vim\nEOF",
    "cat <<<x",
    "echo $'it\\'s'; apt-get install vim",
    "echo 'not closed",
    'echo "not closed',
    "cat <<EOF\nnot closed",
    "case x in x) apt-get install vim ;; esac",
    "apt-cache policy vim",
    "add-apt-repository ppa:x/y",
    "grep -h ^Package: /var/lib/apt/lists/*_Packages > /etc/known",
    "cd /var/lib/apt/lists && cat *_Packages > /etc/known",
    ["cat", "/var/lib/apt/lists/x"],
    "apt-get\\",
    "apt-get update -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0; apt-get install vim",
    "apt-get -o update install vim",
    "trap 'apt-get install vim' EXIT",
]


@pytest.mark.parametrize("run", [*UPDATES, *HARMLESS], ids=str)
def test_commands_that_update_the_lists_or_call_no_package_manager(run: str | list[str]) -> None:
    assert not may_read_lists(run)


@pytest.mark.parametrize("run", MAY_READ, ids=str)
def test_commands_that_may_read_the_lists(run: str | list[str]) -> None:
    assert may_read_lists(run)


# A shell runs texts of these pieces; apt-get records a call without lists.
COMMANDS = (*("apt-get update", "apt-get install x") * 3, "echo a", "true", "false", "[ -e /nowhere ]", "X=1")
OPERATORS = (*(" && ", "; ", "\n") * 2, " || ", " | ", " & ")
AROUND = (
    *("( %s )", "{ %s; }", "if %s; then %s; fi", "while %s; do break; done", "! %s", "for i in a; do %s; done"),
    *("echo $(%s)", 'echo "$(%s)"', "echo `%s`", "X=$(%s)", "echo '%s'", 'echo "%s"', "echo '%s", "f() { %s; }"),
    *(
        "# %s\n",
        "echo a # %s\n",
        "cat <<E\n%s\nE\n",
        "cat <<'E'\n%s\nE\n",
        "cat <<-E\n\t%s\n\tE\n",
        "echo \\%s",
        "%s\\\n",
    ),
)
APT = """#!/bin/sh
case $1 in
update) : >lists ;;
*) [ -e lists ] || echo none >missing ;;
esac
"""


def piece(chosen: random.Random, depth: int = 2) -> str:
    """Return a shell text, which may be invalid."""
    if depth == 0 or chosen.random() < 1 / 2:
        return chosen.choice(COMMANDS)
    around = chosen.choice(AROUND)
    return around.replace("%s", chain(chosen, depth - 1))


def chain(chosen: random.Random, depth: int = 2) -> str:
    """Return pieces joined by operators."""
    texts = [piece(chosen, depth) for _ in range(chosen.randint(1, 3))]
    return "".join(text + chosen.choice(OPERATORS) for text in texts[:-1]) + texts[-1]


def test_no_command_that_finds_no_package_lists_is_reported_to_need_none(tmp_path: Path) -> None:
    (tmp_path / "apt-get").write_text(APT)
    (tmp_path / "apt-get").chmod(0o755)
    chosen = random.Random(17)  # noqa: S311 - no secret depends on it
    texts = {f"{chain(chosen)}\napt-get install x" for _ in range(3000)} | {chain(chosen) for _ in range(1500)}
    claimed = sorted(text for text in texts if "apt-get install" in text and not may_read_lists(text))
    missed = []
    for text in claimed:
        for name in ("missing", "lists"):
            (tmp_path / name).unlink(missing_ok=True)
        env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        subprocess.run(["sh", "-ec", text], check=False, cwd=tmp_path, env=env, capture_output=True, timeout=10)
        missed += [text] if (tmp_path / "missing").exists() else []

    assert len(claimed) > 300, "the texts say little"
    assert missed == []
