"""Type checks of the values of a cloud-config.

The effect of a wrong type depends on the program that reads the part of the file, the `Region`. Programs ignore
unknown keys, so such a key is a warning. Numbers, booleans and file modes are read as Go's YAML libraries read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.releases import Release, release
from kairosfile.language import rules
from kairosfile.language.diagnostics import MAX_GUESSES, Diagnostic, Fix, did_you_mean, listing, nearest
from kairosfile.language.nodes import replace
from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import IGNORECASE, compile_later
from kairosfile.sections.cloud_config.schema import MEANT, SINCE, WEAK_FIELDS, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kairosfile.language.nodes import Node
    from kairosfile.language.rules import Rule


_BOOLS = compile_later(r"true|false|yes|no|on|off|y|n", IGNORECASE)
# Accepted in quotes too, by yaml.v3: `reboot: "yes"`.
_QUOTED_BOOLS = frozenset({"y", "Y", "yes", "on", "n", "N", "no", "off"})
_NUMBER = compile_later(
    r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)"
)
_DURATION = compile_later(r"[-+]?(?:0|(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|ms|s|m|h))+)")
# Go refuses a number of more digits, and `int` a decimal one of thousands.
_MODES = (
    (compile_later(r"0[oO]?([0-7]{1,64})"), 8),
    (compile_later(r"0[xX]([0-9a-fA-F]{1,64})"), 16),
    (compile_later(r"0[bB]([01]{1,64})"), 2),
    (compile_later(r"([0-9]{1,64})"), 10),
)
_PERMISSION_BITS = 0o777

MERGE = "<<"  # the key of YAML that takes in another mapping
FEW = 12  # as many keys are listed in a hint

_EXPECTED = {
    "string": "text",
    "bool": "true or false",
    "int": "a whole number",
    "uint": "a whole number",
    "duration": "a time such as 30s",
    "[": "a list",
    "{": "a mapping",
}
_QUOTED_WORDS = Release(1, 21, 0)  # yaml.v3 takes a quoted `yes` for true, yaml.v2 does not

_QUOTE = 'put the text in quotes: YAML takes a ": " in it for the end of a key'
_REMEDIES = {
    "{User}": "users of a step are a mapping: write `NAME:` and the fields below it, without `- name:`",
    "[CloudInitUser]": "users at the top level are a list: write `- name: NAME` and the fields below it",
    "[": "begin each item with `- `",
    "{": "write `KEY: VALUE` lines below it",
}


def kind_of(node: Node) -> str:
    """Return the name of a value's kind for messages."""
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    if isinstance(node.value, bool):
        return "true or false"
    return "text in quotes" if node.quoted else "text"


def is_scalar_of(node: Node, type_: str, *, quoted_words: bool) -> bool:
    """Return whether a scalar can be read as a type.

    `quoted_words` is True if a quoted `yes` is a boolean, as for yaml.v3.
    """
    if node.value is None or type_ in ("string", "any"):
        return True
    if type_ == "bool":
        return _is_bool(node, quoted_words=quoted_words)
    text = str(node.value)
    if type_ == "duration":
        return bool(_DURATION.fullmatch(text) or _NUMBER.fullmatch(text))
    is_number = isinstance(node.value, str) and not node.quoted and bool(_NUMBER.fullmatch(text))
    return is_number and not (type_ == "uint" and text.startswith("-"))


def _is_bool(node: Node, *, quoted_words: bool) -> bool:
    if isinstance(node.value, bool):
        return True
    text = str(node.value)
    return (quoted_words and text in _QUOTED_BOOLS) if node.quoted else bool(_BOOLS.fullmatch(text))


def is_true(node: Node | None) -> bool:
    """Return whether a value is one of the spellings of true."""
    if node is None or isinstance(node.value, bool):
        return node is not None and node.value is True
    return str(node.value).lower() in ("true", "yes", "on", "y")


def mode_of(text: str) -> int | None:
    """Return the number of `permissions` in yip's syntax, None for text that is not a number.

    A leading 0, 0o, 0x or 0b is honoured; 08 is decimal, as in YAML 1.2.
    """
    digits = text.replace("_", "")
    for pattern, base in _MODES:
        if match := pattern.fullmatch(digits):
            return int(match[1], base)
    return None


def symbolic(mode: int) -> str:
    """Return a mode as `ls` shows it, without the kind of the file: rw-r--r--."""
    return "".join(letter if mode & (1 << (8 - index)) else "-" for index, letter in enumerate("rwxrwxrwx"))


def is_plausible(mode: int) -> bool:
    """Return whether a mode is plausible: rights do not grow from owner to group to others."""
    owner, group, others = mode >> 6, mode >> 3 & 7, mode & 7
    return mode <= _PERMISSION_BITS and owner | group == owner and group | others == group


def has_special_bits(mode: int) -> bool:
    """Return whether a mode has more than permissions, such as setuid, which yip drops."""
    return mode > _PERMISSION_BITS


class Region(NamedTuple):
    """The program that reads a part of a file, and the effect of a wrong type.

    A weakly typed reader converts between scalars. Not all keys of an open one are known. `yip` is the version of yip
    that reads it, if that matters.
    """

    reader: str
    rule: Rule
    loss: str
    is_weak: bool = False
    is_open: bool = False
    yip: Release | None = None

    def weak(self) -> Region:
        """Return the same region for weakly typed fields."""
        return self._replace(rule=rules.CLOUD_CONFIG_EFFECT, loss=f"{self.reader} cannot convert it", is_weak=True)


def merged(node: Node) -> dict[str, Node]:
    """Return the members of a mapping, followed by those that `<<` merges."""
    own = node.fields
    if MERGE not in own:
        return own
    sources = own[MERGE].items or [own[MERGE]]
    inherited = {key: child for other in reversed(sources) for key, child in merged(other).items()}
    return {**inherited, **{key: child for key, child in own.items() if key != MERGE}}


def check_value(node: Node, type_: str, name: str, region: Region) -> Iterator[Diagnostic]:
    """Yield the diagnostics of a value of a type; `name` is its name in messages."""
    if node.value is None or type_ == "any":
        return
    if type_[0] == "[":
        yield from _check_list(node, type_[1:-1], name, region)
    elif type_[0] == "{":
        yield from _check_mapping(node, type_[1:-1], name, region)
    elif type_[0].isupper():
        yield from check_record(node, type_, name, region)
    elif _is_collection(node) or not (region.is_weak or _fits(node, type_, region)):
        yield _wrong_type(node, type_, name, region)


def _check_list(node: Node, inner: str, name: str, region: Region) -> Iterator[Diagnostic]:
    if isinstance(node.value, list):
        for index, item in enumerate(node.items):
            yield from check_value(item, inner, f"{name}[{index}]", region)
    elif not region.is_weak or isinstance(node.value, dict):
        yield _wrong_type(node, f"[{inner}]", name, region)


def _check_mapping(node: Node, inner: str, name: str, region: Region) -> Iterator[Diagnostic]:
    if not isinstance(node.value, dict):
        yield _wrong_type(node, "{" + inner + "}", name, region)
    for key, child in merged(node).items():
        yield from check_value(child, inner, f"{name}.{key}", region)


def check_record(node: Node, record: str, name: str, region: Region) -> Iterator[Diagnostic]:
    """Yield the diagnostics of a mapping that has the fields of a record."""
    if not isinstance(node.value, dict):
        yield _wrong_type(node, record, name, region)
        return
    known = fields_of(record)
    names = {key.lower(): key for key in known} if region.is_weak else {key: key for key in known}
    for key, child in merged(node).items():
        field = names.get(key.lower() if region.is_weak else key)
        if field is None:
            yield from unknown_key(key, child, record, name, region)
            continue
        inside = region.weak() if record == "Install" and field in WEAK_FIELDS else region
        yield from check_value(child, known[field], f"{name}.{key}" if name else key, inside)
        yield from _newer(record, key, child, region)


def unknown_key(key: str, node: Node, record: str, name: str, region: Region) -> Iterator[Diagnostic]:
    """Yield a warning for a key that the reader ignores; in an open record only if it is similar to a known one."""
    known = fields_of(record)
    if "." in key and key.partition(".")[0] in known:
        return  # partitions.oem.size, which viper takes apart
    suggestion = _suggestion(record, key)
    if region.is_open and not suggestion:
        return
    hint = did_you_mean(suggestion) or _known_keys(known)
    range_ = f" in {name}" if name else ""
    diagnostic = Diagnostic(
        rules.CLOUD_CONFIG_KEY, node.key or node.range, f'{region.reader} ignores the key "{key}"{range_}', hint
    )
    yield diagnostic.with_suggestion(suggestion, node.key)


_suggestions: dict[tuple[str, str], str] = {}  # the same mistake often occurs many times


def _suggestion(record: str, key: str) -> str:
    """Return the suggested key."""
    suggestion = _suggestions.get((record, key))
    if suggestion is None:
        if len(_suggestions) >= MAX_GUESSES:
            _suggestions.clear()
        suggestion = _suggestions[record, key] = MEANT.get((record, key)) or nearest(key, fields_of(record))
    return suggestion


def _known_keys(known: Mapping[str, str]) -> str:
    if len(known) <= FEW:
        return f"known keys here are {listing(sorted(known))}"
    return "check the name in Kairos' reference of stages and of the configuration"


def _newer(record: str, key: str, node: Node, region: Region) -> Iterator[Diagnostic]:
    since = SINCE.get((record, key))
    if since and region.yip is not None and region.yip < release(since):
        what = "the step runs whatever it says" if key == "if_files" else "it does nothing"
        message = f"yip {region.yip} of this kairos-init does not support {key}, so {what}"
        hint = f"choose a newer kairos_init, whose yip is {since} or newer"
        yield Diagnostic(rules.CLOUD_CONFIG_READER, node.key or node.range, message, hint)


def _is_collection(node: Node) -> bool:
    return isinstance(node.value, dict | list)


def _fits(node: Node, type_: str, region: Region) -> bool:
    quoted_words = region.yip is None or region.yip >= _QUOTED_WORDS
    return is_scalar_of(node, type_, quoted_words=quoted_words)


def _wrong_type(node: Node, type_: str, name: str, region: Region) -> Diagnostic:
    expected = "a mapping" if type_[0].isupper() else _EXPECTED.get(type_) or _EXPECTED[type_[0]]
    message = f"{name} must be {expected}, not {kind_of(node)}: {region.loss}"
    hint, fix = _remedy(node, type_, name)
    range_ = node.key if node.key and _is_collection(node) else node.range
    return Diagnostic(region.rule, range_, message, hint, fix=fix)


def _remedy(node: Node, type_: str, name: str) -> tuple[str, Fix | None]:
    """Return the hint for a wrong type, and its edit if there is one."""
    if known := _REMEDIES.get(type_) or _REMEDIES.get("{" if type_[0].isupper() else type_[0]):
        return known, None
    if type_ == "string":
        return _QUOTE if isinstance(node.value, dict) else "write one text", None
    if name.rpartition(".")[2] in ("owner", "group"):
        return "write the number of the user or group, or ownerstring: USER:GROUP", None
    text = str(node.value)
    if node.quoted and is_scalar_of(replace(node, quoted=False), type_, quoted_words=True):
        return f"write it without quotes: {text}", Fix(node.range, text)
    return f"write {_EXPECTED[type_]}, without quotes", None
