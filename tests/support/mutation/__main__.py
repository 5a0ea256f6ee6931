"""Run mutmut over a part of the product, in a copy of the repository, and list the mutants that survive.

python -m tests.support.mutation PART [PATTERN ...] [--children N]

mutmut finds a module by its path below `src`, so the copy has the product there; `frontend` leads to it. Left out are
tests that count imports or read the text of modules, which no mutated tree passes, and slow ones that repeat others.
PATTERN says which mutants are tried: `*[16]` is a fifth of them, some of each function. Without it, all are tried.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests import ROOT
from tests.support.mutation import in_process, report

WORK = ROOT / "build" / "mutation"
PRODUCT = Path("src", "kairosfile")
MUTMUT = (str(Path(sys.executable).with_name("mutmut")),)
UNREACHED = 33  # the exit code for a function that no test calls
SURVIVED = {0, UNREACHED}


class Part(NamedTuple):
    """A package of the product, and the tests that are there for it."""

    tests: list[str]
    deselect: list[str]


PARTS = {
    "llb": Part(
        ["tests/unit/llb", "tests/golden/test_llb.py"],
        [
            "tests/unit/llb/test_package.py",
            "tests/unit/llb/test_reference.py",
            "tests/unit/llb/test_marshal.py::test_a_chain_may_have_any_depth",
            "tests/golden/test_llb.py::test_processes_with_different_hash_seeds_marshal_to_the_same_bytes",
        ],
    ),
    "plan": Part(
        [
            "tests/unit/plan",
            "tests/conformance",
            "tests/unit/cli/test_diff.py",
            "tests/unit/cli/test_explain.py",
            "tests/unit/cli/test_graph.py",
        ],
        [],
    ),
    "language": Part(
        ["tests/unit/language", "tests/unit/sections", "tests/conformance"],
        [],
    ),
}


def main() -> int:
    """Run one part; returns the exit status of mutmut."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="names of mutants; * and [...] as in a shell")
    parser.add_argument("--children", type=int, default=2, metavar="N", help="mutants that are tried at once")
    options = parser.parse_args()
    folder = WORK / options.part
    copy_repository(folder)
    write_settings(folder, options.part)
    status = run(folder, options.patterns, options.children)
    return status or write_survivors(options.part, folder, " ".join(options.patterns))


def copy_repository(folder: Path) -> None:
    """Copy the files of git, with the product where mutmut expects it."""
    shutil.rmtree(folder, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    mutants = folder / "mutants"
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        inside = mutants / name
        if path.is_file():
            inside.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, inside, follow_symlinks=False)
    (mutants / "frontend").rename(mutants / "src")
    (mutants / "frontend").symlink_to("src")
    shutil.copytree(mutants / PRODUCT, folder / PRODUCT)
    shutil.copy2(ROOT / "pyproject.toml", folder)


def write_settings(folder: Path, part: str) -> None:
    """Write the modules that mutmut changes, and the tests that it runs."""
    chosen = PARTS[part]
    deselected = [word for name in chosen.deselect for word in ("--deselect", name)]
    settings = {
        "source_paths": [str(PRODUCT)],
        "only_mutate": [str(PRODUCT / part / "*")],
        "pytest_add_cli_args_test_selection": [*chosen.tests, *deselected],
        "pytest_add_cli_args": ["-p", "no:randomly", "-p", "no:cacheprovider", "-n", "0"],
        "use_git_change_detection": "false",
    }
    lines = ["[mutmut]"]
    for name, value in settings.items():
        lines.append(f"{name} =" + (f" {value}" if isinstance(value, str) else "".join(f"\n    {v}" for v in value)))
    (folder / "setup.cfg").write_text("\n".join(lines) + "\n")


def run(folder: Path, patterns: list[str], children: int) -> int:
    """Try the mutants that patterns name, or all."""
    return subprocess.run(
        [*MUTMUT, "run", "--max-children", str(children), *patterns], cwd=folder, check=False
    ).returncode


def write_survivors(part: str, folder: Path, sample: str) -> int:
    """Record how each mutant that survived differs from the product; prints how many did, and returns 0."""
    verdicts = {
        name: code
        for meta in sorted((folder / "mutants" / PRODUCT).rglob("*.meta"))
        for name, code in json.loads(meta.read_text())["exit_code_by_key"].items()
        if code is not None
    }
    survivors = {
        name: subprocess.run([*MUTMUT, "show", name], cwd=folder, check=True, capture_output=True, text=True).stdout
        for name, code in verdicts.items()
        if code in SURVIVED and not fails_when_imported(part, folder, name)
    }
    (folder / "survivors.txt").write_text("".join(survivors.values()))
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    unreached = sum(verdicts[name] == UNREACHED for name in survivors)
    figures = {
        "commit": commit.stdout.strip(),
        "sample": sample,
        "tried": len(verdicts),
        "killed": len(verdicts) - len(survivors),
    }
    report.record(part, {**figures, "unreached": unreached}, survivors)
    report.PAGE.write_text(report.page())
    print(f"{len(verdicts)} mutants tried, {len(survivors)} survived: {report.PAGE.relative_to(ROOT)}")
    return 0


def fails_when_imported(part: str, folder: Path, mutant: str) -> bool:
    """Return whether the tests fail in a new process with a mutant.

    mutmut forks one that has imported the product already: what its modules make when they are imported has no mutant.
    """
    tree = folder / "mutants"
    chosen = PARTS[part]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider"]
    selection = [*chosen.tests, *(word for name in chosen.deselect for word in ("--deselect", name))]
    environment = {**os.environ, in_process.MUTANT: mutant, "PYTHONPATH": f"{(tree / PRODUCT).parent}:{tree}"}
    return (
        subprocess.run([*command, *selection], cwd=tree, env=environment, capture_output=True, check=False).returncode
        == 1
    )


if __name__ == "__main__":
    sys.exit(main())
