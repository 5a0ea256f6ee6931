"""Command lines that a real kairos-init refuses, or takes otherwise than one would think, as test data.

They come from the notes of each flag and from the fact sheet's section on quirks. `Quirk.releases` are
the oldest and the newest release that the row holds for, both meant to be run.
"""

from __future__ import annotations

from dataclasses import dataclass, field

GO_FLAGS = ("v0.0.1", "v0.4.9")
KUBERNETES = ("v0.2.0", "v0.4.9")
REQUIRED = ("v0.2.5", "v0.4.9")
GO_SEMVER = ("v0.2.6", "v0.4.9")
COBRA = ("v0.5.0-rc1", "v0.17.3")
K_FLAG = ("v0.5.0-rc1", "v0.5.29")
PROVIDERS = ("v0.6.0-RC1", "v0.17.3")
MODELS = ("v0.9.0", "v0.17.3")
V = "--version=v1.2.3"


@dataclass(frozen=True)
class Quirk:
    """Arguments of the program, and the expected result.

    `says` is part of the output; `values` are parsed values, which only an accepted line has.
    """

    releases: tuple[str, str]
    words: tuple[str, ...]
    exit: int
    says: str = ""
    values: dict[str, str] = field(default_factory=dict)


REFUSED = [
    # Go's flag package
    Quirk(GO_FLAGS, ("--bogus",), 2, "flag provided but not defined: -bogus"),
    Quirk(GO_FLAGS, ("-x",), 2, "flag provided but not defined: -x"),
    Quirk(GO_FLAGS, ("--stage", "init"), 2, "flag provided but not defined: -stage"),
    Quirk(GO_FLAGS, ("--trusted", "true"), 2, "flag provided but not defined: -trusted"),
    Quirk(GO_FLAGS, ("-s",), 2, "flag needs an argument: -s"),
    Quirk(GO_FLAGS, ("---s", "init"), 2, "bad flag syntax: ---s"),
    Quirk(GO_FLAGS, ("-=init",), 2, "bad flag syntax: -=init"),
    Quirk(GO_FLAGS, ("--validate=maybe",), 2, 'invalid boolean value "maybe" for -validate'),
    Quirk(GO_FLAGS, ("--help", "--bogus"), 2, "flag provided but not defined: -bogus"),
    Quirk(GO_FLAGS, ("--skip-step", "cleanup"), 2, "flag provided but not defined: -skip-step"),
    Quirk(("v0.0.1", "v0.1.1"), ("-s", "bogus"), 1, "Unknown stage bogus"),
    Quirk(("v0.0.1", "v0.1.1"), ("-v", ""), 1, "v flag is required to have a value"),
    Quirk(("v0.0.1", "v0.1.1"), ("-k", "k3s"), 2, "flag provided but not defined: -k"),
    Quirk(("v0.0.1", "v0.1.1"), ("--fips",), 2, "flag provided but not defined: -fips"),
    Quirk(("v0.0.1", "v0.2.4"), ("--version", "v1"), 2, "flag provided but not defined: -version"),
    Quirk(("v0.0.1", "v0.2.4"), ("-f", ""), 1, "f flag is required to have a value"),
    Quirk(("v0.0.1", "v0.2.4"), ("-t", ""), 1, "t flag is required to have a value"),
    Quirk(("v0.0.1", "v0.2.7"), ("--stage-extensions",), 2, "flag provided but not defined: -stage-extensions"),
    Quirk(KUBERNETES, ("-v", "Standard"), 1, "invalid variant: Standard"),
    Quirk(KUBERNETES, ("-v", "core", "-k", "kubeadm"), 1, "invalid Kubernetes provider: kubeadm"),
    Quirk(REQUIRED, ("-s", "init"), 1, "version flag is required to have a value"),
    Quirk(REQUIRED, ("--validate",), 1, "version flag is required to have a value"),
    Quirk(REQUIRED, (V, "-s", "bogus"), 1, "Unknown stage bogus"),
    Quirk(REQUIRED, (V, "-m", ""), 1, "m flag is required to have a value"),
    Quirk(REQUIRED, (V, "-r", ""), 1, "r flag is required to have a value"),
    Quirk(REQUIRED, ("--fips", "true", V), 1, "version flag is required to have a value"),
    Quirk(GO_SEMVER, ("--version", "latest"), 1, "Malformed version: latest"),
    Quirk(GO_SEMVER, ("--validate", "--version", "main"), 1, "Malformed version: main"),
    Quirk(("v0.3.0", "v0.4.9"), (V, "--stage-extensions=x"), 2, 'invalid boolean value "x"'),
    # cobra and pflag
    Quirk(COBRA, (), 1, 'required flag(s) "version" not set'),
    Quirk(COBRA, ("-s", "install"), 1, 'required flag(s) "version" not set'),
    Quirk(COBRA, ("--version", ""), 1, "alformed version: "),
    Quirk(COBRA, ("--version", "latest"), 1, "alformed version: latest"),
    Quirk(COBRA, ("--version",), 1, "flag needs an argument: --version"),
    Quirk(COBRA, ("-v",), 1, "flag needs an argument: 'v' in -v"),
    Quirk(COBRA, (V, "--fips", "true"), 1, 'unknown command "true" for "kairos-init"'),
    Quirk(COBRA, (V, "--fips", "true", "--bogus"), 1, 'unknown command "true"'),
    Quirk(COBRA, (V, "install"), 1, 'unknown command "install"'),
    Quirk(COBRA, (V, "--fips=perhaps"), 1, 'invalid argument "perhaps" for "--fips" flag'),
    Quirk(COBRA, (V, "--validate"), 1, "unknown flag: --validate"),
    Quirk(COBRA, (V, "--skip-steps", "cleanup"), 1, "unknown flag: --skip-steps"),
    Quirk(COBRA, (V, "-f", "v2.18.3"), 1, "unknown shorthand flag: 'f' in -f"),
    Quirk(COBRA, (V, "-r", "example.com/acme"), 1, "unknown shorthand flag: 'r' in -r"),
    Quirk(COBRA, (V, "-stage=init"), 1, 'invalid argument "tage=init" for "-s, --stage" flag'),
    Quirk(COBRA, (V, "-stage", "init"), 1, 'unknown command "init"'),
    Quirk(COBRA, (V, "-s", "bogus"), 1, "bogus is not included in init,install,all"),
    Quirk(COBRA, (V, "-s", ""), 1, 'for "-s, --stage" flag'),
    Quirk(COBRA, (V, "-l", "warning"), 1, "warning is not included in debug,info,warn,error,trace"),
    Quirk(COBRA, (V, "-l", "INFO"), 1, "INFO is not included"),
    Quirk(COBRA, (V, "--skip-step", "cleanups"), 1, "cleanups is not included"),
    Quirk(COBRA, (V, "--skip-step", ""), 1, 'for "--skip-step" flag'),
    Quirk(COBRA, (V, "--skip-step", "cleanup,"), 1, 'for "--skip-step" flag'),
    Quirk(COBRA, (V, "--skip-step", "Cleanup"), 1, "Cleanup is not included"),
    Quirk(COBRA, (V, "--=x"), 1, "bad flag syntax: --=x"),
    Quirk(COBRA, (V, "---s"), 1, "bad flag syntax: ---s"),
    Quirk(COBRA, (V, "-=", "stray"), 1, 'unknown command "stray"'),
    Quirk(COBRA, ("-xv", "v1.2.3"), 1, 'unknown command "v1.2.3"'),
    Quirk(COBRA, ("-h", "--bogus"), 1, "unknown flag: --bogus"),
    Quirk(COBRA, ("validate", "--version", "v1.2.3"), 1, "unknown flag: --version"),
    Quirk(COBRA, ("validate", "-l", "info"), 1, "unknown shorthand flag: 'l' in -l"),
    Quirk(COBRA, ("validate", "-m", "generic"), 1, "unknown shorthand flag: 'm' in -m"),
    Quirk(COBRA, ("validate", "--fips"), 1, "unknown flag: --fips"),
    Quirk(COBRA, ("validate", "-t"), 1, "flag needs an argument: 't' in -t"),
    Quirk(COBRA, ("-l", "info", "validate"), 1, "unknown shorthand flag: 'l' in -l"),
    Quirk(("v0.5.0", "v0.5.8"), ("version",), 1, 'unknown command "version"'),
    Quirk(("v0.5.0-rc1", "v0.5.4"), (V, "--skip-step", "installKernel"), 1, "installKernel is not included"),
    Quirk(K_FLAG, (V, "--skip-step", "buildProvider"), 1, "buildProvider is not included"),
    Quirk(K_FLAG, (V, "-p", "k3s"), 1, "unknown shorthand flag: 'p' in -p"),
    Quirk(K_FLAG, (V, "-k", "kubeadm"), 1, "kubeadm is not included in k3s,k0s,"),
    Quirk(K_FLAG, (V, "--provider-k3s-version", "v1"), 1, "unknown flag: --provider-k3s-version"),
    Quirk(PROVIDERS, (V, "-k", "k3s"), 1, "unknown shorthand flag: 'k' in -k"),
    Quirk(PROVIDERS, (V, "-p", "k3s", "--k8sversion", "v1.33.1+k3s1"), 1, "unknown flag: --k8sversion"),
    Quirk(PROVIDERS, (V, "--provider-k3s-version", "v1"), 1, "unknown flag: --provider-k3s-version"),
    Quirk(PROVIDERS, (V, "-pk3s", "--provider-k3s-version", "v1"), 1, "unknown flag: --provider-k3s-version"),
    Quirk(PROVIDERS, (V, "-p", "k3s,k0s", "--provider-k3s-version", "v1"), 1, "unknown flag"),
    Quirk(PROVIDERS, (V, "-p", "k3s", "--provider-k0s-version", "v1"), 1, "unknown flag"),
    Quirk(PROVIDERS, (V, "-p", "k3s", "--provider-k3s-version"), 1, "flag needs an argument"),
    Quirk(PROVIDERS, (V, "-p", "k3s", "-p", "k3s"), 2, "panic: kairos-init flag redefined: provider-k3s-version"),
    Quirk(PROVIDERS, (V, "-p", "k3s", "--provider=k3s"), 2, "panic:"),
    Quirk(PROVIDERS, ("validate", "-p", "k3s", "-p", "k3s"), 2, "panic:"),
    Quirk(PROVIDERS, ("validate", "-p", "k3s"), 1, "unknown shorthand flag: 'p' in -p"),
    Quirk(("v0.5.0-rc1", "v0.17.2"), (V, "--skip-step", "sshHardening"), 1, "sshHardening is not included"),
    Quirk(MODELS, (V, "-m", "rpi5"), 1, "rpi5 is not included"),
    Quirk(MODELS, (V, "-m", "Generic"), 1, "Generic is not included"),
    Quirk(MODELS, (V, "-m", ""), 1, 'for "-m, --model" flag'),
    Quirk(MODELS, (V, "-m", "agx-orin"), 1, "agx-orin is not included"),
    Quirk(("v0.9.0", "v0.16.4"), (V, "-m", "nvidia-dgx-spark"), 1, "nvidia-dgx-spark is not included"),
]

ACCEPTED = [
    # Go's flag package
    Quirk(GO_FLAGS, ("-h",), 0, "Usage"),
    Quirk(GO_FLAGS, ("-h", "--bogus"), 0, "Usage"),
    Quirk(GO_FLAGS, ("--help",), 0, "Usage"),
    Quirk(("v0.0.1", "v0.2.4"), ("-s=install", "--m", "a b"), 0, values={"stage": "install", "model": "a b"}),
    Quirk(("v0.0.1", "v0.2.4"), ("-t", "--validate"), 0, values={"trusted": "--validate", "validate": "false"}),
    Quirk(("v0.0.1", "v0.2.4"), ("stray", "-s", "init"), 0, values={"stage": "all"}),
    Quirk(("v0.0.1", "v0.2.4"), ("", "--bogus"), 0, values={"stage": "all"}),
    Quirk(("v0.0.1", "v0.2.4"), ("--", "--bogus"), 0, values={"stage": "all"}),
    Quirk(("v0.0.1", "v0.2.4"), ("-s", "init", "-s", "install"), 0, values={"stage": "install"}),
    Quirk(("v0.0.1", "v0.2.4"), ("--validate", "-s", "bogus"), 0, values={"command": "validate"}),
    Quirk(("v0.0.1", "v0.1.1"), ("-v", "anything"), 0, values={"variant": "anything"}),
    Quirk(REQUIRED, (V, "--fips", "true", "-s", "init"), 0, values={"fips": "true", "stage": "all"}),
    Quirk(REQUIRED, (V, "-l", "nonsense"), 0, values={"level": "nonsense"}),
    Quirk(REQUIRED, (V, "-v", ""), 0, values={"variant": "core"}),
    Quirk(REQUIRED, (V, "-k", ""), 0, values={"provider": "k3s"}),
    Quirk(REQUIRED, (V, "--validate=F"), 0, values={"command": "root", "validate": "false"}),
    Quirk(("v0.2.5", "v0.2.5"), ("--version", "latest"), 0, values={"normal_version": "latest"}),
    # cobra and pflag
    Quirk(COBRA, ("--help",), 0, "Usage"),
    Quirk(COBRA, ("validate", "-h"), 0, "Usage"),
    Quirk(COBRA, ("help",), 0, values={"command": "help"}),
    Quirk(COBRA, ("steps-info",), 0, values={"command": "steps-info"}),
    Quirk(("v0.5.9", "v0.17.3"), ("version",), 0, values={"command": "version"}),
    Quirk(COBRA, ("-v", "standard", V), 0, values={"version": "v1.2.3"}),
    Quirk(COBRA, ("", V, ""), 0, values={"version": "v1.2.3"}),
    Quirk(COBRA, (V, "-"), 0),
    Quirk(COBRA, (V, "--", "stray", "--bogus"), 0),
    Quirk(COBRA, ("-vv1.2.3",), 0, values={"version": "v1.2.3"}),
    Quirk(COBRA, ("-v=v1.2.3", "-sinit"), 0, values={"version": "v1.2.3", "stage": "init"}),
    Quirk(COBRA, ("-xvv1.2.3",), 0, values={"version": "v1.2.3", "extensions": "true"}),
    Quirk(COBRA, (V, "-x=false"), 0, values={"extensions": "false"}),
    Quirk(COBRA, (V, "-t", "--fips"), 0, values={"trusted": "--fips", "fips": "false"}),
    Quirk(COBRA, (V, "-t", ""), 0, values={"trusted": ""}),
    Quirk(COBRA, (V, "--skip-step", "grub", "--skip-step", "init, cleanup"), 0, values={"skip": "init,cleanup"}),
    Quirk(COBRA, (V, "--skip-step", "kubernetes"), 0, values={"skip": "kubernetes"}),
    Quirk(COBRA, ("-t", "true", "validate"), 0, values={"command": "validate", "trusted": "true"}),
    Quirk(COBRA, ("validate", "stray", "-t=1"), 0, values={"command": "validate", "trusted": "1"}),
    Quirk(("v0.5.0-rc1", "v0.8.14"), (V, "-m", "anything"), 0, values={"model": "anything"}),
    Quirk(("v0.5.0-rc1", "v0.8.14"), (V, "-m", ""), 0, values={"model": ""}),
    Quirk(K_FLAG, (V, "-k", "", "--k8sversion", ""), 0, values={"provider": ""}),
    Quirk(PROVIDERS, (V, "-p", ""), 0, values={"provider": ""}),
    Quirk(PROVIDERS, (V, "-p", "a,b", "-pc"), 0, values={"provider": "a\nb\nc\n"}),
    Quirk(
        PROVIDERS,
        (V, "--provider-k3s-version", "v1", "-p=k3s"),
        0,
        values={"provider": "k3s\n", "provider_versions": "k3s=v1\n"},
    ),
    Quirk(PROVIDERS, (V, "-p", "k3s", "-p", "k0s", "--provider-k0s-config=c"), 0, values={"provider": "k3s\nk0s\n"}),
]
