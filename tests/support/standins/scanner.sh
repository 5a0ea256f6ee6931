#!/bin/sh
# A stand-in for an SBOM scanner (not a real one): it lists the files and the Debian packages of a root file system as
# SPDX. It follows BuildKit's protocol (docs/attestations/sbom-protocol.md there) and refuses what is not in it.
set -eu

refuse() { # REASON
    echo "stand-in scanner: $1" >&2
    exit 1
}

[ $# -eq 0 ] || refuse "it takes no arguments, but was given: $*"
source=${BUILDKIT_SCAN_SOURCE:?the protocol demands it}
destination=${BUILDKIT_SCAN_DESTINATION:?the protocol demands it}
extras=${BUILDKIT_SCAN_SOURCE_EXTRAS:-}
[ -d "$source" ] || refuse "there is nothing to scan at $source"
[ -d "$destination" ] || refuse "there is no folder $destination"
if touch "$source/stand-in-scanner" 2>/dev/null; then refuse "what is scanned can be written to"; fi

# One program for all names: a Debian has thousands of them.
objects() { # KIND: lines "WORD TEXT" as SPDX objects
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' | awk -v kind="$1" '{
        text = substr($0, length($1) + 2); sub(/^ /, "", text)
        printf "%s\n{\"SPDXID\": \"SPDXRef-%s-%d\", ", (NR > 1 ? "," : ""), kind, NR
        if (kind == "File")
            printf "\"fileName\": \"%s\", \"checksums\": [{\"algorithm\": \"SHA1\", \"checksumValue\": \"%s\"}]}", text, $1
        else
            printf "\"name\": \"%s\", \"versionInfo\": \"%s\", \"downloadLocation\": \"NOASSERTION\"}", $1, text
    }'
}

files_of() { # ROOT: the regular files
    (
        cd "$1"
        [ -z "$(find . -xdev -name '*[[:cntrl:]]*')" ] || refuse 'a name has a control character'
        find . -xdev -type f -exec sha1sum {} + | sort -k 2 | objects File
    )
}

packages_of() { # ROOT: what dpkg has installed, or lies in an image without dpkg
    set -- "$1/var/lib/dpkg/status" "$1"/var/lib/dpkg/status.d/*
    [ -r "$1" ] || shift
    [ -r "$1" ] || return 0
    awk '/^Package: /{name = $2} /^Version: /{print name " " $2}' "$@" | objects Package
}

padding() { # an SBOM can be as large as a test needs it
    head -c "${STAND_IN_PADDING:-0}" /dev/zero | tr '\0' .
}

scan() { # ROOT NAME
    packages=$(packages_of "$1")
    files=$(files_of "$1")
    cat >"$destination/$2.spdx.json" <<DOCUMENT
{
"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document", "subject": [],
"predicate": {
"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "$2",
"documentNamespace": "https://stand-in.invalid/$2",
"creationInfo": {"created": "$(date -u +%Y-%m-%dT%H:%M:%SZ)", "creators": ["Tool: stand-in-scanner"]},
"comment": "made on $(uname -m), with ${BUILDKIT_SCAN_WORD:-no word}$(padding)",
"packages": [$packages],
"files": [$files]
}}
DOCUMENT
}

scan "$source" "${source##*/}"
if [ -n "$extras" ]; then
    for extra in "$extras"/*; do scan "$extra" "${extra##*/}"; done
fi
