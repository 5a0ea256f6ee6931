"""Checks of the provider: its name, its release, the plugin that installs it, and how many plugins there are.

kairos-init calls plugins to install a provider (v0.6.0 and newer): its built-in plugin supports only k3s and k0s. It
finds programs named agent-provider-* in two folders and in every directory of PATH. It does not support two of them: it
waits forever, and Go ends the process with "all goroutines are asleep". Source: tests of kairos-init v0.17.3 with other
plugins; the code is the same since v0.6.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.kairos.releases import PROVIDER_VERSIONS, UNPINNED, Release
from kairosfile.language import rules
from kairosfile.language.diagnostics import did_you_mean, listing, nearest
from kairosfile.language.files import clean, leaves_context
from kairosfile.paths import basename
from kairosfile.patterns import ASCII, compile_later
from kairosfile.sections.hooks.values import clean_path, invalid_image, path_outside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.diagnostics import Diagnostic
    from kairosfile.language.nodes import Path
    from kairosfile.sections.document import Document
    from kairosfile.sections.hooks.step import HookStep
    from kairosfile.sections.image.records import Provider

PREFIX = "agent-provider-"
BUNDLED = f"{PREFIX}kairos"
FIRST_WITH_PLUGINS = Release(0, 6, 0, "rc", 1)
_SEARCHED = frozenset(
    f"{folder}/"
    for folder in (
        *("/system/providers", "/usr/local/system/providers", ""),
        *("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"),
    )
)
# Skipping the first keeps install from adding a plugin, skipping the others from calling one.
_BRINGS, _ASKS = {"providerBinaries", "install"}, {"buildProvider", "install"}

PROVIDER: Path = ("provider",)

_NUMBERS = compile_later(r"v?([0-9]{1,9})\.([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:([+-])([0-9a-z.]{1,20}))?", ASCII)


def provider(document: Document) -> Iterator[Diagnostic]:
    """Yield the diagnostics of the provider of a file that has one."""
    chosen = document.model.provider
    if chosen is None:
        return
    yield from provider_named(document, PROVIDER, chosen)
    yield from _plugin(document, chosen)
    yield from _config(document, chosen)
    yield from _nothing_installed(document, chosen)
    yield from _several_plugins(document, chosen)


def provider_named(document: Document, path: Path, chosen: Provider) -> Iterator[Diagnostic]:
    """Yield the diagnostics of the name and the version of the provider at a path."""
    known = list(PROVIDER_VERSIONS)
    if chosen.plugin is not None:
        return
    if chosen.name not in known:
        if suggestion := nearest(chosen.name, known):
            message = f'unknown provider "{chosen.name}"'
            hint = f"known are {listing(known)}; {did_you_mean(suggestion)}"
            yield document.diagnostic(rules.UNKNOWN_VALUE, (*path, "name"), message, hint, suggestion)
    elif chosen.version not in (None, UNPINNED):
        yield from _release(document, (*path, "version"), chosen.name, chosen.version or "")


def _release(document: Document, path: Path, name: str, version: str) -> Iterator[Diagnostic]:
    """Yield the diagnostics of the version of a provider that kairos-init supports."""
    pattern, example = PROVIDER_VERSIONS[name]
    if not pattern.fullmatch(version):
        meant = _release_meant(version, name)
        other = next((each for each, (form, _) in PROVIDER_VERSIONS.items() if form.fullmatch(version)), "")
        message = f'"{version}" is not a release of {name}' + (f": it is one of {other}" if other else "")
        hint = f"write {meant}" if meant else f"write it as its tag, for example {example}"
        hint += f", or make the provider {other}" if other else ""
        yield document.diagnostic(rules.PROVIDER_VERSION, path, message, hint, meant)


def _release_meant(version: str, provider: str) -> str:
    """Return the tag of a release that lacks a part or is written as an image's tag, empty for any other text."""
    match = _NUMBERS.fullmatch(version)
    if match is None:
        return ""
    pattern, example = PROVIDER_VERSIONS[provider]
    numbers = f"v{match[1]}.{match[2]}.{match[3] or 0}"
    if pattern.fullmatch(named := f"{numbers}+{match[5]}"):
        return named
    return "" if match[4] == "-" else f"{numbers}+{example.partition('+')[2]}"


def _plugin(document: Document, chosen: Provider) -> Iterator[Diagnostic]:
    """The plugin is a file of the build context, or of an image."""
    path: Path = ("provider", "plugin")
    if chosen.plugin is None:
        if chosen.from_ is not None:
            hint = f"add `plugin:`, the path of {PREFIX}{chosen.name} in the image"
            yield document.diagnostic(rules.MISSING_FIELD, ("provider", "from"), "this names no plugin", hint)
        return
    yield from invalid_image(document.diagnostic, ("provider", "from"), chosen.from_)
    if ".." in chosen.plugin.split("/"):
        yield path_outside(document.diagnostic, path, chosen.plugin, chosen.from_)
    elif not clean(chosen.plugin):
        message = f'"{chosen.plugin}" is the whole {"image" if chosen.from_ else "build context"}'
        yield document.diagnostic(rules.PATH, path, message, "name a file inside it")


def _config(document: Document, chosen: Provider) -> Iterator[Diagnostic]:
    """The provider's config exists."""
    path, files = chosen.config, document.files
    if path is not None and files is not None and not leaves_context(path) and files.read(path) is None:
        hint = "paths start at the root of the build context; check the name, and .dockerignore"
        yield document.diagnostic(rules.MISSING_FILE, ("provider", "config"), f'there is no file "{path}"', hint)


def _nothing_installed(document: Document, chosen: Provider) -> Iterator[Diagnostic]:
    """A provider that kairos-init does not support is installed by a plugin of the file or the base."""
    if chosen.is_bundled or chosen.plugin or chosen.from_ or nearest(chosen.name, PROVIDER_VERSIONS):
        return
    used = document.model.kairos_init.release
    if used < FIRST_WITH_PLUGINS:
        message = f"kairos-init {used} installs k3s and k0s only: nothing of {chosen.name} would be in the image"
        hint = f"choose {FIRST_WITH_PLUGINS} or newer in kairos_init, and add a `plugin`"
        yield document.diagnostic(rules.PROVIDER_PLUGIN, ("provider", "name"), message, hint)
    elif not list(_brought_by_hooks(document)):
        message = f"the file has no plugin for {chosen.name}: the image would be labelled standard without it"
        hint = f"add `plugin:`, a program {PREFIX}{chosen.name} of the build context, or of an image with `from:`"
        yield document.diagnostic(rules.PROVIDER_PLUGIN, ("provider", "name"), message, hint)


def _several_plugins(document: Document, chosen: Provider) -> Iterator[Diagnostic]:
    """There is only one plugin: with two of them install never ends."""
    skipped = set(document.model.skip_steps)
    if document.model.kairos_init.release < FIRST_WITH_PLUGINS or skipped & _ASKS:
        return
    own = f"{PREFIX}{chosen.name}" if chosen.plugin is not None else ""
    plugin = own or ("" if skipped & _BRINGS else BUNDLED)
    for path, name in _brought_by_hooks(document):
        if plugin and name != plugin:
            message = f"install never ends with two plugins: {name} of this step, and {plugin}"
            yield document.diagnostic(rules.PROVIDER_PLUGINS, path, message, _one_plugin(name, chosen))
        plugin = plugin or name


def _one_plugin(name: str, chosen: Provider) -> str:
    if chosen.plugin is not None:
        return "remove the step, or the field `plugin` and add providerBinaries to skip_steps"
    meant = name.removeprefix(PREFIX)
    instead = f"write its file as `plugin` of provider, with the name {meant}, instead of this step"
    return f"{instead}; or add providerBinaries to skip_steps"


def _brought_by_hooks(document: Document) -> Iterator[tuple[Path, str]]:
    """Yield the plugins that steps add before install to a folder of plugins: the field and the name."""
    for index, step in enumerate(document.model.hooks.before_install):
        if step.target is not None:
            field, target = step.target
            for name in _names(step, target):
                yield ("hooks", "before_install", index, field), name


def _names(step: HookStep, target: str) -> Iterator[str]:
    sources: tuple[str, ...] = getattr(step, "sources", ()) if target.endswith("/") else ()
    for path in [f"{target}{basename(source)}" for source in sources] or [target]:
        folder, _, name = clean_path(path).rpartition("/")
        if f"{folder}/" in _SEARCHED and name.startswith(PREFIX):
            yield name
