# The value of --version: github.com/hashicorp/go-version, NewSemver.

normalise_version() { # TEXT: sets normal_version without a v, or version_fault
    version_fault="$version_error: $1"
    matches "$1" "$version_pattern" || return 1
    version_rest=${1#v} version_build='' version_pre=''
    case $version_rest in *+*) version_build=+${version_rest#*+} ;; esac
    version_rest=${version_rest%%+*}
    case $version_rest in *-*) version_pre=-${version_rest#*-} ;; esac
    normalise_segments "${version_rest%%-*}" || return 1
    normal_version=$segments$version_pre$version_build
}

normalise_segments() { # DOTTED NUMBERS: sets segments, padded to three and without leading zeros
    segments='' segment_count=0 segments_rest=$1.
    while [ -n "$segments_rest" ]; do
        normalise_number "${segments_rest%%.*}" || return 1
        segments_rest=${segments_rest#*.}
        segments=$segments${segments:+.}$number
        segment_count=$((segment_count + 1))
    done
    while [ "$segment_count" -lt 3 ]; do
        segments=$segments.0
        segment_count=$((segment_count + 1))
    done
}

normalise_number() { # DIGITS: sets number; false above the largest signed 64-bit integer
    number=${1#"${1%%[!0]*}"}
    if [ -z "$number" ]; then number=0; fi
    if [ ${#number} -lt 19 ]; then return 0; fi
    version_fault="error parsing version: strconv.ParseInt: parsing \"$1\": value out of range"
    if [ ${#number} -gt 19 ]; then return 1; fi
    # Halves: a shell need not compare numbers of 19 digits.
    number_low=${number#??????????}
    number_high=${number%"$number_low"}
    if [ "$number_high" -ne 9223372036 ]; then [ "$number_high" -lt 9223372036 ]; return; fi
    number_low=${number_low#"${number_low%%[!0]*}"}
    [ "${number_low:-0}" -le 854775807 ]
}
