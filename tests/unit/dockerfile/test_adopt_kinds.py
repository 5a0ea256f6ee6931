"""Several inputs for each kind of instruction around kairos-init: the resulting step, or why it is unsupported."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from kairosfile.dockerfile.adopt import AdoptionResult, NotKairosError, adopt
from kairosfile.dockerfile.reader import DockerfileError

INIT = "FROM quay.io/kairos/kairos-init:v0.17.3 AS kairos-init\n"
BASE = f"{INIT}FROM debian:13\n"
MOUNT = "--mount=type=bind,from=kairos-init,src=/kairos-init,dst=/kairos-init"
CALL = f"RUN {MOUNT} /kairos-init --version v1.0.0\n"
OLD = "FROM quay.io/kairos/kairos-init:v0.4.9 AS kairos-init\nFROM debian:13\n"


class Kind(NamedTuple):
    """A Dockerfile, its expected fields and steps, and the start of the reason for each unsupported instruction."""

    text: str
    fields: dict[str, Any] = {}  # noqa: RUF012 - never changed
    steps: list[Any] | None = None
    unsupported: tuple[str, ...] = ()


def call(words: str, before: str = "", head: str = BASE) -> str:
    return f"{head}{before}RUN {MOUNT} {words}\n"


def step(text: str) -> str:
    return f"{BASE}{text}{CALL}"


KINDS = {
    # a call in a script that adopt does not follow
    "until": Kind(
        call("until /kairos-init --version v1.0.0; do sleep 1; done"), unsupported=("calls kairos-init in a way",)
    ),
    "case": Kind(
        call("case a in *) /kairos-init --version v1.0.0;; esac"), unsupported=("calls kairos-init in a way",)
    ),
    "function": Kind(
        call('k() { /kairos-init "$@"; }; k --version v1.0.0'), unsupported=("calls kairos-init in a way",)
    ),
    "timeout": Kind(call("timeout 600 /kairos-init --version v1.0.0"), unsupported=("calls kairos-init in a way",)),
    "or": Kind(
        call("/kairos-init --version v1.0.0 || /kairos-init --version v1.0.1"), unsupported=("calls kairos-init",)
    ),
    "sh -c": Kind(call("sh -c '/kairos-init --version v1.0.0'"), unsupported=("calls kairos-init in a way",)),
    "python": Kind(step("RUN <<EOF python3\nprint(1)\nEOF\n"), steps=["set +e\n<<EOF python3\nprint(1)\nEOF"]),
    # a call in a variable
    "program in a variable": Kind(
        call('K=/kairos-init; C="$K -l debug"; $C -s install && echo a > /a && $C -s init --version v1.0.0'),
        {"log_level": "debug", "version": "v1.0.0"},
        ["echo a > /a"],
    ),
    "call in a variable": Kind(
        call(
            'C="/kairos-init --version \\"$V\\""; if [ -n "$P" ]; then C="$C -p $P"; fi; eval "$C"',
            "ARG V=v2\nARG P=k3s\n",
        ),
        {"provider": "${P}", "version": "${V}"},
        [],
        unsupported=("its default decides",),
    ),
    "call in a variable for a shell": Kind(
        call('C="/kairos-init --version v1.0.0"; sh -c "$C"'), unsupported=("calls kairos-init in a way",)
    ),
    "call in a variable that is printed": Kind(
        call('C="/kairos-init --version v1.0.0"; echo "$C"; $C'), unsupported=("calls kairos-init in a way",)
    ),
    # a version that is unknown before the build
    "date": Kind(call("/kairos-init --version v1.0.$(date +%s)"), unsupported=("calls kairos-init in a way",)),
    "file": Kind(
        call('V="$(cat /version)" && /kairos-init --version "$V"'), unsupported=("calls kairos-init in a way",)
    ),
    "base variable": Kind(
        call("/kairos-init --version $RELEASE_OF_THE_BASE"), unsupported=("calls kairos-init in a way",)
    ),
    "backquotes": Kind(call("/kairos-init --version `git describe`"), unsupported=("calls kairos-init in a way",)),
    "arithmetic": Kind(call("/kairos-init --version v1.0.$((1+1))"), unsupported=("calls kairos-init in a way",)),
    # the source of kairos-init
    "image by digest": Kind(
        f"FROM debian:13\nRUN --mount=from=example.com/i:v0.17.3@sha256:{'0' * 64},target=/kairos-init,src=/kairos-init"
        " /kairos-init --version v1\n",
        {"kairos_init": f"example.com/i:v0.17.3@sha256:{'0' * 64}"},
    ),
    "folder of the image": Kind(
        f"{INIT}FROM debian:13\nRUN --mount=from=kairos-init,target=/mnt /mnt/kairos-init --version v1.0.0\n",
        {"kairos_init": "v0.17.3"},
    ),
    "stage by number": Kind(
        "FROM quay.io/kairos/kairos-init:v0.16.4\nFROM debian:13\nCOPY --from=0 /kairos-init /kairos-init\n"
        "RUN /kairos-init --version v1.0.0 && rm -f /kairos-init\n",
        {"kairos_init": "v0.16.4"},
        [],
    ),
    "stage of a stage": Kind(
        "FROM quay.io/kairos/kairos-init:v0.16.4 AS one\nFROM one AS two\nFROM debian:13\n"
        "RUN --mount=from=two,src=/kairos-init,dst=/ki /ki --version v1.0.0\n",
        {"kairos_init": "v0.16.4"},
    ),
    "nowhere": Kind(
        "FROM debian:13\nRUN /opt/kairos-init --version v1.0.0\n", unsupported=("/opt/kairos-init is in no image",)
    ),
    "empty stage": Kind(
        f"FROM scratch AS kairos-init\nFROM debian:13\n{CALL}", unsupported=("not followed: the stage",)
    ),
    "copied by another name": Kind(
        f"{BASE}COPY --from=kairos-init /kairos-init /opt/ki\nRUN /opt/ki --version v1.0.0 && rm /opt/ki\n",
        {"version": "v1.0.0", "kairos_init": "v0.17.3"},
        [],
    ),
    "elsewhere in its image": Kind(
        f"{INIT}FROM debian:13\nRUN --mount=from=kairos-init,src=/bin/kairos-init,dst=/k /k --version v1.0.0\n",
        unsupported=("kairos-init is taken from /bin/kairos-init",),
    ),
    # args
    "release as arg": Kind(
        "ARG R=v0.16.4\nFROM quay.io/kairos/kairos-init:$R AS kairos-init\nFROM debian:13\n" + CALL,
        {"kairos_init": "${R}", "args": {"R": "v0.16.4"}},
    ),
    "arg in arg in arg": Kind(
        "ARG A=v0.16.4\nARG B=quay.io/kairos/kairos-init:${A}\nARG C=${B}\nFROM $C AS kairos-init\nFROM debian:13\n"
        + CALL,
        {"kairos_init": "${C}", "args": {"A": "v0.16.4", "B": "quay.io/kairos/kairos-init:${A}", "C": "${B}"}},
    ),
    "own arg for the model": Kind(
        call("/kairos-init -m ${BOARD:-rpi4} --version v1.0.0", "ARG BOARD\n"), {"model": "${BOARD:-rpi4}"}
    ),
    "own arg that splits": Kind(
        call("/kairos-init $MORE --version v1.0.0", 'ARG MORE="-p k3s"\n'),
        {"provider": "k3s"},
        unsupported=("its default decides",),
    ),
    "own arg for fips": Kind(
        call('F=""; if [ "$F140" = true ]; then F=--fips; fi; /kairos-init $F --version v1.0.0', "ARG F140=false\n"),
        {"fips": "${F140}", "args": {"F140": "false"}},
    ),
    "own arg for two things": Kind(
        call('if [ "$X" = true ]; then F="--fips -m rpi4"; fi; /kairos-init $F --version v1.0.0', "ARG X=false\n"),
        unsupported=("its default decides line 4",),
    ),
    "usual arg for another field": Kind(
        call('/kairos-init -p k3s --provider-k3s-version "$VERSION" --version v1.0.0', "ARG VERSION=v1.33.1+k3s1\n"),
        {"provider": {"name": "k3s", "version": "${VERSION}"}},
        unsupported=("--build-arg VERSION sets the field version",),
    ),
    "KUBERNETES_PROVIDER of v0.2.3": Kind(
        call(
            "/kairos-init -v standard -k ${KUBERNETES_PROVIDER}",
            "ARG KUBERNETES_PROVIDER=k0s\n",
            "FROM quay.io/kairos/kairos-init:v0.2.3 AS kairos-init\nFROM debian:13\n",
        ),
        {"provider": "${KUBERNETES_PROVIDER}", "args": {"KUBERNETES_PROVIDER": "k0s"}},
    ),
    "standard without a name": Kind(call("/kairos-init -v standard --version v1.0.0", head=OLD), {"provider": "k3s"}),
    "platform arg decides": Kind(
        call(
            'if [ "$TARGETARCH" = arm64 ]; then M=rpi4; fi; /kairos-init -m ${M:-generic} --version v1.0.0',
            "ARG TARGETARCH\n",
        ),
        unsupported=("calls kairos-init in a way that is not followed: $TARGETARCH",),
    ),
    "arg that is declared later": Kind(
        step("RUN make $A\nARG A=1\nRUN make $A\n"),
        {"args": {"A": "1"}},
        [{"run": "make $A", "env": {"A": ""}}, "make $A"],
    ),
    "arg before the first FROM alone": Kind(
        f"ARG A=debian:13\n{INIT}FROM $A\nRUN make $A\n{CALL}",
        {"base": "${A}"},
        [{"run": "make $A", "env": {"A": ""}}],
    ),
    "platform arg that is not declared": Kind(
        step("RUN make $TARGETARCH\n"), steps=[{"run": "make $TARGETARCH", "env": {"TARGETARCH": ""}}]
    ),
    "unset is not empty": Kind(
        step("ARG TOOL\nRUN echo ${TOOL-none} > /t\n"),
        {"args": {"TOOL": ""}},
        ["echo ${TOOL-none} > /t"],
        ("TOOL is empty",),
    ),
    "env before arg": Kind(step("ENV A=1\nARG A=2\nRUN make $A\n"), steps=[{"run": "make $A", "env": {"A": "1"}}]),
    "args that a program reads": Kind(
        step("ARG A=1\nARG TARGETARCH\nRUN make\n"),
        steps=[{"run": "make", "env": {"A": "${A}", "TARGETARCH": "${TARGETARCH}"}}],
    ),
    "args that nothing reads": Kind(
        step("ARG A=1\nRUN mkdir -p /x && touch /x/y\n"), steps=["mkdir -p /x && touch /x/y"]
    ),
    # flags as each parser reads them
    "joined short flags": Kind(
        call("/kairos-init -xmrpi4 -v=v1.0.0"),
        {"model": "rpi4", "version": "v1.0.0"},
        unsupported=("stage extensions that are not mounted", "install gets stage_ext", "init gets stage_ext"),
    ),
    "words after a word": Kind(call("/kairos-init --version v1.0.0 more -m rpi4", head=OLD), {"version": "v1.0.0"}),
    "unknown word": Kind(
        call("/kairos-init --version v1.0.0 more"), {"version": "v1.0.0"}, unsupported=("more: kairos-init v0.17.3",)
    ),
    "flag of before": Kind(
        call("/kairos-init -k k3s --version v1.0.0"), unsupported=("-k: kairos-init", "k3s: kairos-init")
    ),
    "switch with a value": Kind(call("/kairos-init --fips=false --version v1.0.0"), {"fips": None}),
    "bare switch of trusted boot": Kind(call("/kairos-init -t true --version v1.0.0"), {"trusted_boot": True}),
    "two providers": Kind(
        call("/kairos-init -p k3s,k0s --version v1.0.0"),
        unsupported=("-p: a Kairosfile has one", "k3s,k0s: a Kairosfile has one"),
    ),
    # stages in an order that a Kairosfile does not support
    "twice": Kind(BASE + CALL + CALL, {"version": "v1.0.0"}, unsupported=("install runs 2 times", "init runs 2 times")),
    "init first": Kind(
        call("/kairos-init -s init --version v1.0.0 && /kairos-init -s install --version v1.0.0"),
        unsupported=("init runs before install",),
    ),
    "install alone": Kind(
        call("/kairos-init -s install --version v1.0.0"), unsupported=("the Dockerfile runs install alone",)
    ),
    "another model for init": Kind(
        call("/kairos-init -s install --version v1.0.0 && /kairos-init -s init -m rpi4 --version v1.0.0"),
        unsupported=("install does not get model",),
    ),
    "another version for install": Kind(
        call("/kairos-init -s install --version v0.0.1 && /kairos-init -s init --version v1.0.0"), {"version": "v1.0.0"}
    ),
    "only a question": Kind(call("/kairos-init version && /kairos-init --version v1.0.0"), {"version": "v1.0.0"}),
    # environment
    "env of env": Kind(
        step("ENV A=1 B=2\nENV C=$A$B\nRUN make\n"), steps=[{"run": "make", "env": {"A": "1", "B": "2", "C": "12"}}]
    ),
    "env of one line": Kind(
        step("ENV A=1\nENV A=2 B=$A\nRUN make\n"), steps=[{"run": "make", "env": {"A": "2", "B": "1"}}]
    ),
    "two variables of the base": Kind(
        step("ENV PATH=/x:$PATH\nENV OLD=$PATH\nRUN make\n"),
        steps=['export PATH="/x:${PATH}" OLD="/x:${PATH}"\nmake'],
        unsupported=("kairos-init runs with the PATH",),
    ),
    "variable of the base and of the file": Kind(
        step('ENV A=1 B="$A 2"\nRUN make\n'), unsupported=("$A, once of the base image and once of the Dockerfile",)
    ),
    "path for words": Kind(
        step('ENV PATH=/x:$PATH\nRUN ["make"]\n'),
        steps=[["/bin/sh", "-c", 'export PATH="/x:${PATH}"\nexec "$@"', "sh", "make"]],
        unsupported=("kairos-init runs with the PATH",),
    ),
    "variable that kairos-init reads": Kind(step("ENV L4T_VERSION=36.4\n"), {"environment": {"L4T_VERSION": "36.4"}}),
    "prefix that it reads": Kind(
        call("INSTALL_K3S_CHANNEL=stable /kairos-init -p k3s --version v1.0.0"),
        {"environment": {"INSTALL_K3S_CHANNEL": "stable"}},
    ),
    "proxy beside a program": Kind(
        step("ENV https_proxy=http://p\nRUN ./get\n"),
        steps=[{"run": "./get", "env": {"https_proxy": "http://p"}}],
        unsupported=("kairos-init gets it by",),
    ),
    "proxy as arg": Kind(
        step("ARG https_proxy=http://p\nARG no_proxy\n"),
        unsupported=("kairos-init gets it by --build-arg https_proxy",),
    ),
    # mounts
    "context": Kind(
        step("RUN --mount=target=/src,source=drv,rw make -C /src\n"),
        steps=[
            {"run": "make -C /src", "mounts": [{"type": "bind", "target": "/src", "source": "drv", "writable": True}]}
        ],
    ),
    "secret as variable": Kind(
        step("RUN --mount=type=secret,id=t,env=T,required=true make\n"),
        steps=[{"run": "make", "mounts": [{"type": "secret", "id": "t", "env": "T"}]}],
    ),
    "cache whose id no file has": Kind(
        step("RUN --mount=type=cache,id='a b',target=/c make\n"),
        steps=[{"run": "make", "mounts": [{"type": "cache", "target": "/c"}]}],
    ),
    "cache from an image": Kind(step("RUN --mount=type=cache,from=a,target=/c make\n"), unsupported=("a step has no",)),
    "unknown kind": Kind(step("RUN --mount=type=devices,target=/d make\n"), unsupported=("a step has no mount with",)),
    "insecure": Kind(
        step("RUN --security=insecure make\n"), steps=["make"], unsupported=("a step has no --security=insecure",)
    ),
    # shells and scripts
    "bash": Kind(step('SHELL ["/bin/bash", "-c"]\nRUN make\n'), steps=[["/bin/bash", "-c", "make"]]),
    "shell that stops": Kind(step('SHELL ["/bin/sh", "-ec"]\nRUN a; b\n'), steps=["a; b"]),
    "goes on": Kind(step("RUN a; b\n"), steps=["set +e\na; b"]),
    "stops by itself": Kind(step("RUN set -eux; a; b\n"), steps=["set -eux; a; b"]),
    "single quotes": Kind(step("RUN echo 'a\\\n  b'\n"), steps=["echo 'a  b'"]),
    "double quotes": Kind(step('RUN echo "a\\\n   b"\n'), steps=['echo "a\\\n   b"']),
    "comment in a line": Kind(step("RUN a # b \\\n && c\n"), steps=["a # b  && c"]),
    "script with a first line": Kind(
        step("RUN <<E\n#!/usr/bin/env python3\nprint(1)\nE\n"), steps=[["python3", "-c", "print(1)\n"]]
    ),
    "script for awk": Kind(
        step("RUN <<E\n#!/usr/bin/awk -f\nx\nE\n"), unsupported=("not followed: a script for /usr/bin/awk -f",)
    ),
    "tabs": Kind(step("RUN <<-E\n\tone\n\ttwo\n\tE\n"), steps=["set +e\none\ntwo\n"]),
    "words": Kind(step('RUN ["a", "b c"]\n'), steps=[["a", "b c"]]),
    # files
    "relative": Kind(step("WORKDIR /opt\nCOPY a b ./\nWORKDIR /\n"), steps=[{"copy": ["a", "b"], "to": "/opt/"}]),
    "names with blanks": Kind(step('COPY ["a b", "/c d/"]\n'), steps=[{"copy": "a b", "to": "/c d/"}]),
    "owner by arg": Kind(
        step("ARG U=5\nCOPY --chown=$U a /b\n"), {"args": {"U": "5"}}, [{"copy": "a", "to": "/b", "owner": "${U}"}]
    ),
    "mode in letters": Kind(step("COPY --chmod=u+x a /b\n"), unsupported=("a step has no --chmod=u+x",)),
    "parents": Kind(step("COPY --parents a/b /c\n"), unsupported=("a step has no --parents",)),
    "two documents": Kind(
        step("COPY <<A <<'B' /x/\n1\nA\n$2\nB\n"),
        steps=[{"file": "/x/A", "content": "1\n"}, {"file": "/x/B", "content": "$2\n"}],
    ),
    "variable of a document": Kind(step("ENV N=1\nCOPY <<A /x\n$N\nA\n"), steps=[{"file": "/x", "content": "1\n"}]),
    "arg of a document": Kind(
        step("ARG N=1\nCOPY <<A /x\n$N\nA\n"),
        steps=[{"file": "/x", "content": "1\n"}],
        unsupported=("its default decides", "its content has the value that N has now"),
    ),
    "download": Kind(step("ADD https://example.com/x /x\n"), unsupported=("a step does not download",)),
    "pinned download": Kind(
        step(f"ADD --checksum=sha256:{'ab' * 32} --chown=1:2 --chmod=755 https://example.com/x /opt/\n"),
        steps=[{"fetch": "https://example.com/x", "sha256": "ab" * 32, "to": "/opt/", "owner": "1:2", "mode": "755"}],
    ),
    "private download": Kind(
        step(f"ADD --checksum=sha256:{'ab' * 32} https://example.com/x /x\n"),
        steps=[{"fetch": "https://example.com/x", "sha256": "ab" * 32, "to": "/x", "mode": "0600"}],
    ),
    "repository": Kind(step("ADD https://example.com/x.git#v1 /x\n"), unsupported=("a step does not download",)),
    "archive": Kind(step("ADD a.tar.zst /x\n"), unsupported=("a step does not unpack",)),
    "archive by arg": Kind(step("ARG A=r.tgz\nADD $A /x\n"), unsupported=("a step does not unpack",)),
    "plain add": Kind(step("ADD a.tarball.txt /x\n"), steps=[{"copy": "a.tarball.txt", "to": "/x"}]),
    "variable of the base": Kind(step("COPY a $HOME/\n"), unsupported=("not followed: $HOME",)),
    # folders and users
    "folder": Kind(
        step("WORKDIR /a/b\nRUN ./make\nWORKDIR /\n"),
        steps=[["mkdir", "-p", "/a/b"], {"run": "./make", "workdir": "/a/b"}],
    ),
    "known folder": Kind(step("WORKDIR /usr/share\nWORKDIR /\n"), steps=[]),
    "folder below": Kind(
        step("WORKDIR /a\nWORKDIR b\nWORKDIR /\n"), steps=[["mkdir", "-p", "/a"], ["mkdir", "-p", "/a/b"]]
    ),
    "user": Kind(step("USER nobody\nRUN ./make\nUSER root\n"), steps=[{"run": "./make", "user": "nobody"}]),
    "folder by arg": Kind(step("ARG D=/data\nWORKDIR $D\nWORKDIR /\n"), {"args": {"D": "/data"}}, ['mkdir -p "/${D}"']),
    "call in a folder": Kind(step("WORKDIR /opt\n"), unsupported=("kairos-init runs in /, not in /opt",)),
    "call of a user": Kind(step("USER nobody\n"), unsupported=("kairos-init runs as root, not as nobody",)),
    # packages and units
    "apt": Kind(
        step("RUN apt-get update && apt-get -y install --no-install-recommends a b && rm -rf /var/lib/apt/lists/*\n"),
        steps=[{"packages": ["a", "b"]}],
    ),
    "apt with more": Kind(
        step("RUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\n"),
        steps=["apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*"],
    ),
    "apt that leaves lists": Kind(
        step("RUN apt-get update && apt-get install -y --no-install-recommends a\n"),
        steps=["apt-get update && apt-get install -y --no-install-recommends a"],
    ),
    "dnf": Kind(f"{INIT}FROM fedora:43\nRUN dnf install -y a && dnf clean all\n{CALL}", steps=[{"packages": ["a"]}]),
    "apk": Kind(f"{INIT}FROM alpine:3.22\nRUN apk add --no-cache a b\n{CALL}", steps=[{"packages": ["a", "b"]}]),
    "zypper": Kind(
        f"{INIT}FROM opensuse/leap:15.6\nRUN zypper -n in a && zypper clean --all\n{CALL}", steps=[{"packages": ["a"]}]
    ),
    "pacman": Kind(
        f"{INIT}FROM archlinux\nRUN pacman -Syu --noconfirm --needed a && pacman -Scc --noconfirm\n{CALL}",
        steps=[{"packages": ["a"]}],
    ),
    "another family": Kind(
        step("RUN dnf install -y a && dnf clean all\n"), steps=["dnf install -y a && dnf clean all"]
    ),
    "package file": Kind(
        step(
            "RUN apt-get update && apt-get install -y --no-install-recommends ./a.deb && rm -rf /var/lib/apt/lists/*\n"
        ),
        steps=["apt-get update && apt-get install -y --no-install-recommends ./a.deb && rm -rf /var/lib/apt/lists/*"],
    ),
    "units": Kind(
        step("RUN systemctl enable a b.timer && systemctl mask c\n"),
        steps=[{"systemd": {"enable": ["a", "b.timer"], "mask": ["c"]}}],
    ),
    "units now": Kind(step("RUN systemctl enable --now a\n"), steps=["systemctl enable --now a"]),
    "units of alpine": Kind(f"{INIT}FROM alpine:3.22\nRUN systemctl enable a\n{CALL}", steps=["systemctl enable a"]),
    # settings that only a container has
    "container": Kind(
        step('CMD ["a"]\nENTRYPOINT x\nEXPOSE 1\nSTOPSIGNAL 9\nHEALTHCHECK NONE\nVOLUME /v\nMAINTAINER me\n'), steps=[]
    ),
    "onbuild": Kind(step("ONBUILD RUN x\n"), unsupported=("it acts on images that are built from this one",)),
    # platforms
    "platform": Kind(f"{INIT}FROM --platform=linux/arm64 debian:13\n{CALL}", {"platforms": ["linux/arm64"]}),
    "platform of the build": Kind(f"{INIT}FROM --platform=$TARGETPLATFORM debian:13\n{CALL}", {"platforms": None}),
    "platform of the builder": Kind(
        f"{INIT}FROM --platform=$BUILDPLATFORM debian:13\n{CALL}", unsupported=("--platform=$BUILD",)
    ),
    "no platform": Kind(f"{INIT}FROM --platform=moon debian:13\n{CALL}", unsupported=("--platform=moon",)),
    # stages
    "squashed": Kind(
        f"{INIT}FROM debian:13 AS a\n{CALL}FROM scratch\nCOPY --from=a / /\nLABEL a=b\n", {"labels": {"a": "b"}}
    ),
    "squashed with its environment": Kind(
        f"{INIT}FROM debian:13 AS a\nLABEL lost=1\nENV E=1\nARG A=1\nRUN make $A\nWORKDIR /opt\nUSER 5\n"
        f'SHELL ["/bin/bash", "-c"]\nUSER 0\nWORKDIR /\nSHELL ["/bin/sh", "-c"]\n{CALL}'
        'SHELL ["/bin/bash", "-c"]\nWORKDIR /usr\n'
        "FROM scratch\nCOPY --from=a / /\nLABEL kept=1\nRUN make $A $E\n",
        {"labels": {"kept": "1"}, "args": {"A": "1"}},
        [{"run": "make $A", "env": {"E": "1"}}, {"run": "make $A $E", "env": {"A": ""}}],
    ),
    "squashed labels": Kind(
        f"{INIT}FROM debian:13 AS a\n{CALL}LABEL x=1\nFROM scratch\nCOPY --from=a / /\n", {"labels": None}
    ),
    "copied to a folder": Kind(
        f"{INIT}FROM debian:13 AS a\n{CALL}FROM a\nCOPY --from=0 / /x\n",
        steps=[{"copy": "/", "to": "/x", "from": "quay.io/kairos/kairos-init:v0.17.3"}],
    ),
    "stage without a name": Kind(
        f"FROM golang\nRUN make\n{BASE}{CALL}COPY --from=0 /a /b\n", unsupported=("the stage of line 1 has no name",)
    ),
    "stage by its name": Kind(
        f"FROM golang AS Tool\nRUN make\n{BASE}{CALL}COPY --from=tool /a /b\n",
        steps=[{"copy": "/a", "to": "/b", "from": "tool"}],
    ),
    "label by arg": Kind(
        step('ARG T=x\nLABEL a="$T" b\\ c=d\n'), {"labels": {"a": "${T}", "b c": "d"}, "args": {"T": "x"}}
    ),
    "old label": Kind(step("LABEL a b c\n"), {"labels": {"a": "b c"}}),
    "dollars": Kind(step("LABEL a='${X}' b='$$'\n"), {"labels": {"a": "$${X}", "b": "$$$$"}}),
}


def steps(adoption: AdoptionResult) -> list[Any]:
    """Return the steps in order, with a plain run step as its command."""
    every = [item.data for items in adoption.fields.get("hooks", {}).values() for item in items]
    return [data["run"] if list(data) == ["run"] else data for data in every]


@pytest.mark.parametrize("name", KINDS)
def test_kind_becomes_what_it_is(name: str) -> None:
    kind = KINDS[name]

    adoption = adopt(kind.text, {})

    adoption.account.check()
    reasons = [item.reason for item in adoption.unsupported]
    assert len(reasons) == len(kind.unsupported), reasons
    assert all(reason.startswith(begin) for reason, begin in zip(reasons, kind.unsupported, strict=True)), reasons
    assert {key: adoption.fields.get(key) for key in kind.fields} == kind.fields
    if kind.steps is not None:
        assert steps(adoption) == kind.steps


@pytest.mark.parametrize(
    "name", [name for name, kind in KINDS.items() if any("calls kairos-init" in it for it in kind.unsupported)]
)
def test_call_that_is_not_followed_is_a_step_that_fails(name: str) -> None:
    (placeholder,) = steps(adopt(KINDS[name].text, {}))

    assert placeholder["run"].endswith("exit 1\n")
    assert placeholder["name"].startswith("line ")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("COPY --chmod=0640 a /opt/deep/\n", "[ -d /opt/deep ] || mkdir -m 0640 /opt/deep"),
        (
            "COPY --chown=5:6 a /opt/deep/er/b\n",
            "\n".join(
                f"[ -d {each} ] || {{ mkdir -m 0755 {each} && chown 5:6 {each}; }}"
                for each in ("/opt/deep", "/opt/deep/er")
            ),
        ),
        ("COPY --chown=5 a /x/\n", "[ -d /x ] || { mkdir -m 0755 /x && chown 5:5 /x; }"),
        ("COPY --chown=nobody a /x/\n", "[ -d /x ] || { mkdir -m 0755 /x && chown nobody: /x; }"),
        (
            "ARG U=5:6\nARG D=x\nCOPY --chown=$U a /$D/\n",
            '[ -d "/${D}" ] || { mkdir -m 0755 "/${D}" && chown "${U}" "/${D}"; }',
        ),
        ("COPY --chmod=4750 <<E /x/b\nE\n", "[ -d /x ] || mkdir -m 0750 /x"),
        (
            f"ADD --checksum=sha256:{'ab' * 32} --chown=5:6 https://example.com/x /x/\n",
            "[ -d /x ] || { mkdir -m 0755 /x && chown 5:6 /x; }",
        ),
        (
            "USER 5:6\nWORKDIR /srv/x\nUSER root\nWORKDIR /\n",
            "[ -d /srv/x ] || { mkdir -m 0755 /srv/x && chown 5:6 /srv/x; }",
        ),
        ("COPY --link a /tmp/b\n", "mkdir -p /tmp && chown root:root /tmp && chmod 0755 /tmp"),
        (
            "COPY --link --chown=5:6 a /usr/bin/b\n",
            "\n".join(f"mkdir -p {each} && chown 5:6 {each} && chmod 0755 {each}" for each in ("/usr", "/usr/bin")),
        ),
        ("COPY a /x/\nRUN rm -r /x\nCOPY --chmod=0700 b /x/\n", "[ -d /x ] || mkdir -m 0700 /x"),
        # a folder that a step also creates, or that exists
        ("COPY --chmod=0755 a /opt/deep/\n", ""),
        ("COPY a /opt/deep/\n", ""),
        ("COPY --link a /opt/deep/\n", ""),
        ("COPY --chown=root:root a /opt/deep/\n", ""),
        ("COPY --chmod=0644 a.service /etc/systemd/system/\n", ""),
        ("WORKDIR /opt/deep\nWORKDIR /\nCOPY --chmod=0640 a /opt/deep/\n", ""),
        ("COPY a /x/\nRUN make\nCOPY --chmod=0700 b /x/\n", ""),
    ],
)
def test_folders_that_an_instruction_makes_get_the_owner_and_mode_of_its_files(text: str, result: str) -> None:
    adoption = adopt(step(text), {})

    assert not adoption.unsupported
    texts = [
        each for each in steps(adoption) if isinstance(each, dict) and str(each.get("name")).startswith("folders of")
    ]
    assert [each["run"] for each in texts] == ([result] if result else [])
    assert all(each["network"] == "none" for each in texts)
    depends = any("as BuildKit 0.21 and newer do" in notice for notice in adoption.account.notices)
    assert depends == (result != "" and "0755" not in result)


def test_folder_that_no_shell_text_can_name_is_left_over() -> None:
    adoption = adopt(step('COPY --chmod=0640 ["a", "/a b/"]\n'), {})

    assert [each.reason for each in adoption.unsupported] == [
        "what is missing of /a b is root's with mode 0755 in the Kairosfile"
    ]


def test_mode_of_folders_that_are_linked_is_left_over() -> None:
    adoption = adopt(step("COPY --link --chmod=0700 a /x/b\n"), {})

    (remaining,) = adoption.unsupported
    assert remaining.reason == "which folders above /x get the mode 0700 by --link, a builder decides"
    assert steps(adoption)[0]["run"] == "[ -d /x ] || mkdir -m 0700 /x"


def test_folders_of_another_base_are_not_known() -> None:
    text = f"{INIT}FROM alpine:3.22\nCOPY --chmod=0644 a /etc/systemd/system/\n{CALL}"

    result, _ = steps(adopt(text, {}))

    assert result["run"].splitlines() == [
        "[ -d /etc/systemd ] || mkdir -m 0644 /etc/systemd",
        "[ -d /etc/systemd/system ] || mkdir -m 0644 /etc/systemd/system",
    ]


def test_call_by_another_name_that_is_not_followed_is_a_step_that_fails() -> None:
    copied = "FROM debian:13\nCOPY --from=quay.io/kairos/kairos-init:v0.16.0 /kairos-init /bin/ki\n"
    adoption = adopt(f"{copied}RUN /bin/ki --version v1.0.0 || true\n", {})

    assert [item.line for item in adoption.unsupported] == [3]
    assert steps(adoption)[1]["run"].endswith("exit 1\n")
    assert adoption.fields["kairos_init"] == "v0.16.0"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("FROM ${A:?no}\nRUN kairos-init\n", "is not followed"),
        ("FROM a AS b c\nRUN kairos-init\n", "FROM has one image"),
        (f"{BASE}SHELL bash\n{CALL}", "SHELL has a list of words"),
        (f"{BASE}LABEL a\n{CALL}", "LABEL a has no value"),
        (f"{BASE}ARG a-b=1\n{CALL}", "a-b is not the name of an arg"),
        ("RUN kairos-init\n", "RUN before the first FROM"),
    ],
)
def test_file_that_buildkit_refuses_is_refused(text: str, reason: str) -> None:
    with pytest.raises(DockerfileError, match=reason):
        adopt(text, {})


def test_an_image_that_only_queries_kairos_init_is_refused() -> None:
    with pytest.raises(NotKairosError, match="only to query"):
        adopt(call("/kairos-init version"), {})


@pytest.mark.parametrize("text", ["FROM a\n", f"{INIT}FROM a\nCOPY x /kairos-init\n", f"{BASE}{CALL}FROM b\nRUN x\n"])
def test_image_without_kairos_init_is_refused(text: str) -> None:
    with pytest.raises(NotKairosError, match="no call of kairos-init"):
        adopt(text, {})


def test_build_arg_is_the_value_that_counts() -> None:
    text = call('if [ -n "$D" ]; then F="-p $D"; fi; /kairos-init $F --version v1.0.0', "ARG D\n")

    assert adopt(text, {"D": "k0s"}).fields["provider"] == "${D}"
