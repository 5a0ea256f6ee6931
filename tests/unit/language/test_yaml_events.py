"""The events of YAML texts: libyaml's equal those of PyYAML's own parser, and the package stays unchanged."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kairosfile.language.yaml_events import read_events

# Sets the import path of a fresh interpreter, which imports all other modules itself.
START = f"import sys; sys.path[:] = {sys.path!r}; "
TEXTS = st.text(alphabet="ab:-[]{},&*!|>'\"# \n\t\x01%?", max_size=30)


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-I", "-c", START + program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def names_of(text: str) -> list[str]:
    return [type(event).__name__ for event in read_events(text)]


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_events_are_those_of_the_package(text: str) -> None:
    try:
        expected = [type(event).__name__ for event in yaml.parse(text, Loader=yaml.CSafeLoader)]
    except yaml.YAMLError:
        with pytest.raises(yaml.YAMLError):
            names_of(text)
    else:
        assert names_of(text) == expected


def test_reading_a_text_imports_no_loaders_and_no_dumpers() -> None:
    loaded = run(
        "from kairosfile.language.yaml_events import read_events; print(len(list(read_events('a: [b]'))));"
        "print(*[name for name in sys.modules if name.partition('.')[0] == 'yaml'])"
    )

    assert loaded.split() == ["10", "yaml", "yaml.error", "yaml.events", "yaml.nodes", "yaml._yaml"]


@pytest.mark.parametrize(
    "use",
    [
        "import yaml; print(yaml.safe_load('a: [1]'))",
        "from yaml import load, CSafeLoader; print(load('a: [1]', CSafeLoader))",
        "import yaml.resolver, yaml; print(yaml.load('a: [1]', Loader=yaml.SafeLoader))",
    ],
)
def test_the_package_can_be_used_afterwards(use: str) -> None:
    assert run(f"import kairosfile.language.yaml_events; {use}") == "{'a': [1]}"


def test_errors_are_the_packages_whatever_is_imported_first() -> None:
    program = (
        "from kairosfile.language.yaml_events import read_events; import yaml; yaml.dump\n"
        "for text in ('a: [', 'a: \\x01'):\n"
        "    try: list(read_events(text))\n"
        "    except yaml.MarkedYAMLError as error: print(error.problem_mark.line)\n"
        "    except yaml.YAMLError as error: print(error.position, error.character)\n"
    )

    assert run(program).split("\n") == ["1", "3 1"]


def test_without_the_extension_the_package_parses_itself() -> None:
    program = (
        "sys.modules['yaml._yaml'] = None\n"
        "from kairosfile.language.yaml_events import read_events\n"
        "print(*[type(event).__name__ for event in read_events('a: b')])"
    )

    assert run(program).split() == names_of("a: b")
