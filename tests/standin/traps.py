"""Command lines that a real kairos-init refuses, or takes otherwise than one would think, as test data.

They come from the notes of each flag and from the fact sheet's section on traps. `Trap.releases` are
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
class Trap:
    """Words behind the program's name, and what must come of them.

    `says` is part of what is printed; `values` are parsed values, which only an accepted line has.
    """

    releases: tuple[str, str]
    words: tuple[str, ...]
    exit: int
    says: str = ""
    values: dict[str, str] = field(default_factory=dict)


REFUSED = [
    # Go's flag package
    Trap(GO_FLAGS, ("--bogus",), 2, "flag provided but not defined: -bogus"),
    Trap(GO_FLAGS, ("-x",), 2, "flag provided but not defined: -x"),
    Trap(GO_FLAGS, ("--stage", "init"), 2, "flag provided but not defined: -stage"),
    Trap(GO_FLAGS, ("--trusted", "true"), 2, "flag provided but not defined: -trusted"),
    Trap(GO_FLAGS, ("-s",), 2, "flag needs an argument: -s"),
    Trap(GO_FLAGS, ("---s", "init"), 2, "bad flag syntax: ---s"),
    Trap(GO_FLAGS, ("-=init",), 2, "bad flag syntax: -=init"),
    Trap(GO_FLAGS, ("--validate=maybe",), 2, 'invalid boolean value "maybe" for -validate'),
    Trap(GO_FLAGS, ("--help", "--bogus"), 2, "flag provided but not defined: -bogus"),
    Trap(GO_FLAGS, ("--skip-step", "cleanup"), 2, "flag provided but not defined: -skip-step"),
    Trap(("v0.0.1", "v0.1.1"), ("-s", "bogus"), 1, "Unknown stage bogus"),
    Trap(("v0.0.1", "v0.1.1"), ("-v", ""), 1, "v flag is required to have a value"),
    Trap(("v0.0.1", "v0.1.1"), ("-k", "k3s"), 2, "flag provided but not defined: -k"),
    Trap(("v0.0.1", "v0.1.1"), ("--fips",), 2, "flag provided but not defined: -fips"),
    Trap(("v0.0.1", "v0.2.4"), ("--version", "v1"), 2, "flag provided but not defined: -version"),
    Trap(("v0.0.1", "v0.2.4"), ("-f", ""), 1, "f flag is required to have a value"),
    Trap(("v0.0.1", "v0.2.4"), ("-t", ""), 1, "t flag is required to have a value"),
    Trap(("v0.0.1", "v0.2.7"), ("--stage-extensions",), 2, "flag provided but not defined: -stage-extensions"),
    Trap(KUBERNETES, ("-v", "Standard"), 1, "invalid variant: Standard"),
    Trap(KUBERNETES, ("-v", "core", "-k", "kubeadm"), 1, "invalid Kubernetes provider: kubeadm"),
    Trap(REQUIRED, ("-s", "init"), 1, "version flag is required to have a value"),
    Trap(REQUIRED, ("--validate",), 1, "version flag is required to have a value"),
    Trap(REQUIRED, (V, "-s", "bogus"), 1, "Unknown stage bogus"),
    Trap(REQUIRED, (V, "-m", ""), 1, "m flag is required to have a value"),
    Trap(REQUIRED, (V, "-r", ""), 1, "r flag is required to have a value"),
    Trap(REQUIRED, ("--fips", "true", V), 1, "version flag is required to have a value"),
    Trap(GO_SEMVER, ("--version", "latest"), 1, "Malformed version: latest"),
    Trap(GO_SEMVER, ("--validate", "--version", "main"), 1, "Malformed version: main"),
    Trap(("v0.3.0", "v0.4.9"), (V, "--stage-extensions=x"), 2, 'invalid boolean value "x"'),
    # cobra and pflag
    Trap(COBRA, (), 1, 'required flag(s) "version" not set'),
    Trap(COBRA, ("-s", "install"), 1, 'required flag(s) "version" not set'),
    Trap(COBRA, ("--version", ""), 1, "alformed version: "),
    Trap(COBRA, ("--version", "latest"), 1, "alformed version: latest"),
    Trap(COBRA, ("--version",), 1, "flag needs an argument: --version"),
    Trap(COBRA, ("-v",), 1, "flag needs an argument: 'v' in -v"),
    Trap(COBRA, (V, "--fips", "true"), 1, 'unknown command "true" for "kairos-init"'),
    Trap(COBRA, (V, "--fips", "true", "--bogus"), 1, 'unknown command "true"'),
    Trap(COBRA, (V, "install"), 1, 'unknown command "install"'),
    Trap(COBRA, (V, "--fips=perhaps"), 1, 'invalid argument "perhaps" for "--fips" flag'),
    Trap(COBRA, (V, "--validate"), 1, "unknown flag: --validate"),
    Trap(COBRA, (V, "--skip-steps", "cleanup"), 1, "unknown flag: --skip-steps"),
    Trap(COBRA, (V, "-f", "v2.18.3"), 1, "unknown shorthand flag: 'f' in -f"),
    Trap(COBRA, (V, "-r", "example.com/acme"), 1, "unknown shorthand flag: 'r' in -r"),
    Trap(COBRA, (V, "-stage=init"), 1, 'invalid argument "tage=init" for "-s, --stage" flag'),
    Trap(COBRA, (V, "-stage", "init"), 1, 'unknown command "init"'),
    Trap(COBRA, (V, "-s", "bogus"), 1, "bogus is not included in init,install,all"),
    Trap(COBRA, (V, "-s", ""), 1, 'for "-s, --stage" flag'),
    Trap(COBRA, (V, "-l", "warning"), 1, "warning is not included in debug,info,warn,error,trace"),
    Trap(COBRA, (V, "-l", "INFO"), 1, "INFO is not included"),
    Trap(COBRA, (V, "--skip-step", "cleanups"), 1, "cleanups is not included"),
    Trap(COBRA, (V, "--skip-step", ""), 1, 'for "--skip-step" flag'),
    Trap(COBRA, (V, "--skip-step", "cleanup,"), 1, 'for "--skip-step" flag'),
    Trap(COBRA, (V, "--skip-step", "Cleanup"), 1, "Cleanup is not included"),
    Trap(COBRA, (V, "--=x"), 1, "bad flag syntax: --=x"),
    Trap(COBRA, (V, "---s"), 1, "bad flag syntax: ---s"),
    Trap(COBRA, (V, "-=", "stray"), 1, 'unknown command "stray"'),
    Trap(COBRA, ("-xv", "v1.2.3"), 1, 'unknown command "v1.2.3"'),
    Trap(COBRA, ("-h", "--bogus"), 1, "unknown flag: --bogus"),
    Trap(COBRA, ("validate", "--version", "v1.2.3"), 1, "unknown flag: --version"),
    Trap(COBRA, ("validate", "-l", "info"), 1, "unknown shorthand flag: 'l' in -l"),
    Trap(COBRA, ("validate", "-m", "generic"), 1, "unknown shorthand flag: 'm' in -m"),
    Trap(COBRA, ("validate", "--fips"), 1, "unknown flag: --fips"),
    Trap(COBRA, ("validate", "-t"), 1, "flag needs an argument: 't' in -t"),
    Trap(COBRA, ("-l", "info", "validate"), 1, "unknown shorthand flag: 'l' in -l"),
    Trap(("v0.5.0", "v0.5.8"), ("version",), 1, 'unknown command "version"'),
    Trap(("v0.5.0-rc1", "v0.5.4"), (V, "--skip-step", "installKernel"), 1, "installKernel is not included"),
    Trap(K_FLAG, (V, "--skip-step", "buildProvider"), 1, "buildProvider is not included"),
    Trap(K_FLAG, (V, "-p", "k3s"), 1, "unknown shorthand flag: 'p' in -p"),
    Trap(K_FLAG, (V, "-k", "kubeadm"), 1, "kubeadm is not included in k3s,k0s,"),
    Trap(K_FLAG, (V, "--provider-k3s-version", "v1"), 1, "unknown flag: --provider-k3s-version"),
    Trap(PROVIDERS, (V, "-k", "k3s"), 1, "unknown shorthand flag: 'k' in -k"),
    Trap(PROVIDERS, (V, "-p", "k3s", "--k8sversion", "v1.33.1+k3s1"), 1, "unknown flag: --k8sversion"),
    Trap(PROVIDERS, (V, "--provider-k3s-version", "v1"), 1, "unknown flag: --provider-k3s-version"),
    Trap(PROVIDERS, (V, "-pk3s", "--provider-k3s-version", "v1"), 1, "unknown flag: --provider-k3s-version"),
    Trap(PROVIDERS, (V, "-p", "k3s,k0s", "--provider-k3s-version", "v1"), 1, "unknown flag"),
    Trap(PROVIDERS, (V, "-p", "k3s", "--provider-k0s-version", "v1"), 1, "unknown flag"),
    Trap(PROVIDERS, (V, "-p", "k3s", "--provider-k3s-version"), 1, "flag needs an argument"),
    Trap(PROVIDERS, (V, "-p", "k3s", "-p", "k3s"), 2, "panic: kairos-init flag redefined: provider-k3s-version"),
    Trap(PROVIDERS, (V, "-p", "k3s", "--provider=k3s"), 2, "panic:"),
    Trap(PROVIDERS, ("validate", "-p", "k3s", "-p", "k3s"), 2, "panic:"),
    Trap(PROVIDERS, ("validate", "-p", "k3s"), 1, "unknown shorthand flag: 'p' in -p"),
    Trap(("v0.5.0-rc1", "v0.17.2"), (V, "--skip-step", "sshHardening"), 1, "sshHardening is not included"),
    Trap(MODELS, (V, "-m", "rpi5"), 1, "rpi5 is not included"),
    Trap(MODELS, (V, "-m", "Generic"), 1, "Generic is not included"),
    Trap(MODELS, (V, "-m", ""), 1, 'for "-m, --model" flag'),
    Trap(MODELS, (V, "-m", "agx-orin"), 1, "agx-orin is not included"),
    Trap(("v0.9.0", "v0.16.4"), (V, "-m", "nvidia-dgx-spark"), 1, "nvidia-dgx-spark is not included"),
]

ACCEPTED = [
    # Go's flag package
    Trap(GO_FLAGS, ("-h",), 0, "Usage"),
    Trap(GO_FLAGS, ("-h", "--bogus"), 0, "Usage"),
    Trap(GO_FLAGS, ("--help",), 0, "Usage"),
    Trap(("v0.0.1", "v0.2.4"), ("-s=install", "--m", "a b"), 0, values={"stage": "install", "model": "a b"}),
    Trap(("v0.0.1", "v0.2.4"), ("-t", "--validate"), 0, values={"trusted": "--validate", "validate": "false"}),
    Trap(("v0.0.1", "v0.2.4"), ("stray", "-s", "init"), 0, values={"stage": "all"}),
    Trap(("v0.0.1", "v0.2.4"), ("", "--bogus"), 0, values={"stage": "all"}),
    Trap(("v0.0.1", "v0.2.4"), ("--", "--bogus"), 0, values={"stage": "all"}),
    Trap(("v0.0.1", "v0.2.4"), ("-s", "init", "-s", "install"), 0, values={"stage": "install"}),
    Trap(("v0.0.1", "v0.2.4"), ("--validate", "-s", "bogus"), 0, values={"command": "validate"}),
    Trap(("v0.0.1", "v0.1.1"), ("-v", "anything"), 0, values={"variant": "anything"}),
    Trap(REQUIRED, (V, "--fips", "true", "-s", "init"), 0, values={"fips": "true", "stage": "all"}),
    Trap(REQUIRED, (V, "-l", "nonsense"), 0, values={"level": "nonsense"}),
    Trap(REQUIRED, (V, "-v", ""), 0, values={"variant": "core"}),
    Trap(REQUIRED, (V, "-k", ""), 0, values={"provider": "k3s"}),
    Trap(REQUIRED, (V, "--validate=F"), 0, values={"command": "root", "validate": "false"}),
    Trap(("v0.2.5", "v0.2.5"), ("--version", "latest"), 0, values={"normal_version": "latest"}),
    # cobra and pflag
    Trap(COBRA, ("--help",), 0, "Usage"),
    Trap(COBRA, ("validate", "-h"), 0, "Usage"),
    Trap(COBRA, ("help",), 0, values={"command": "help"}),
    Trap(COBRA, ("steps-info",), 0, values={"command": "steps-info"}),
    Trap(("v0.5.9", "v0.17.3"), ("version",), 0, values={"command": "version"}),
    Trap(COBRA, ("-v", "standard", V), 0, values={"version": "v1.2.3"}),
    Trap(COBRA, ("", V, ""), 0, values={"version": "v1.2.3"}),
    Trap(COBRA, (V, "-"), 0),
    Trap(COBRA, (V, "--", "stray", "--bogus"), 0),
    Trap(COBRA, ("-vv1.2.3",), 0, values={"version": "v1.2.3"}),
    Trap(COBRA, ("-v=v1.2.3", "-sinit"), 0, values={"version": "v1.2.3", "stage": "init"}),
    Trap(COBRA, ("-xvv1.2.3",), 0, values={"version": "v1.2.3", "extensions": "true"}),
    Trap(COBRA, (V, "-x=false"), 0, values={"extensions": "false"}),
    Trap(COBRA, (V, "-t", "--fips"), 0, values={"trusted": "--fips", "fips": "false"}),
    Trap(COBRA, (V, "-t", ""), 0, values={"trusted": ""}),
    Trap(COBRA, (V, "--skip-step", "grub", "--skip-step", "init, cleanup"), 0, values={"skip": "init,cleanup"}),
    Trap(COBRA, (V, "--skip-step", "kubernetes"), 0, values={"skip": "kubernetes"}),
    Trap(COBRA, ("-t", "true", "validate"), 0, values={"command": "validate", "trusted": "true"}),
    Trap(COBRA, ("validate", "stray", "-t=1"), 0, values={"command": "validate", "trusted": "1"}),
    Trap(("v0.5.0-rc1", "v0.8.14"), (V, "-m", "anything"), 0, values={"model": "anything"}),
    Trap(("v0.5.0-rc1", "v0.8.14"), (V, "-m", ""), 0, values={"model": ""}),
    Trap(K_FLAG, (V, "-k", "", "--k8sversion", ""), 0, values={"provider": ""}),
    Trap(PROVIDERS, (V, "-p", ""), 0, values={"provider": ""}),
    Trap(PROVIDERS, (V, "-p", "a,b", "-pc"), 0, values={"provider": "a\nb\nc\n"}),
    Trap(
        PROVIDERS,
        (V, "--provider-k3s-version", "v1", "-p=k3s"),
        0,
        values={"provider": "k3s\n", "provider_versions": "k3s=v1\n"},
    ),
    Trap(PROVIDERS, (V, "-p", "k3s", "-p", "k0s", "--provider-k0s-config=c"), 0, values={"provider": "k3s\nk0s\n"}),
]
