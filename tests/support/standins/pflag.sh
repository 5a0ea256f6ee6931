# The command line from v0.5.0 on: cobra and pflag. GNU style; the command is found before a flag is read, so
# a stray word is an unknown command even where a flag is wrong too. All errors exit 1.

# Exists only for releases that have provider plugins; names as they stand on the line, one a line.
declared_providers=

# Cobra knows only here, from its flags, whether a word belongs to the flag before it. An unknown flag
# takes one, and so does no cluster of short flags.
find_command() { # ARGUMENTS: sets command and command_index, 0 for none
    command=root command_index=0 command_words=0 command_skips=false
    for command_word; do
        command_words=$((command_words + 1))
        if $command_skips; then
            command_skips=false
            continue
        fi
        case $command_word in
        --) return 0 ;;
        -*=*) ;;
        --*) if ! is_bool_flag "${command_word#--}"; then command_skips=true; fi ;;
        -?) if ! find_short root "${command_word#-}" || ! is_bool_flag "$long_name"; then command_skips=true; fi ;;
        '' | -*) ;;
        *)
            take_command "$command_word"
            return 0
            ;;
        esac
    done
}

is_bool_flag() { # NAME
    find_any_flag root "$1" && [ "$flag_kind" = bool ]
}

take_command() { # WORD
    case " $sub_commands " in
    *" $1 "*) command=$1 command_index=$command_words ;;
    *)
        printf 'Error: unknown command "%s" for "kairos-init"\n' "$1" >&2
        printf "Run 'kairos-init --help' for usage.\n" >&2
        exit 1
        ;;
    esac
}

parse_flags() { # ARGUMENTS; words that are neither flag nor value are ignored
    flag_index=0
    while [ $# -gt 0 ]; do
        flag_word=$1
        flag_index=$((flag_index + 1))
        shift
        if [ "$flag_index" -eq "$command_index" ]; then continue; fi
        flag_words=0
        case $flag_word in
        --) return 0 ;;
        --*) parse_long "$@" ;;
        -?*) parse_cluster "$@" ;;
        esac
        shift "$flag_words"
        flag_index=$((flag_index + flag_words))
    done
}

parse_long() { # WORDS BEHIND; sets flag_words, how many of them it took
    flag_name=${flag_word#--}
    case $flag_name in
    -* | =*) fail_flag "bad flag syntax: $flag_word" ;;
    esac
    long_has_value=false
    case $flag_name in
    *=*)
        long_has_value=true
        long_value=${flag_name#*=}
        flag_name=${flag_name%%=*}
        ;;
    esac
    find_any_flag "$command" "$flag_name" || fail_flag "unknown flag: --$flag_name"
    if $long_has_value; then
        set_flag "$long_value"
    elif [ "$flag_kind" = bool ]; then
        set_flag true
    else
        [ $# -gt 0 ] || fail_flag "flag needs an argument: $flag_word"
        flag_words=1
        set_flag "$1"
    fi
}

parse_cluster() { # WORDS BEHIND; -xyz, -nVALUE, -n=VALUE, -n VALUE
    cluster=${flag_word#-}
    while [ -n "$cluster" ]; do
        cluster_tail=${cluster#?}
        cluster_letter=${cluster%"$cluster_tail"}
        find_short "$command" "$cluster_letter" ||
            fail_flag "unknown shorthand flag: '$cluster_letter' in -$cluster"
        find_flag "$command" "$long_name"
        case $cluster_tail in
        =?*)
            set_flag "${cluster_tail#=}"
            return 0
            ;;
        esac
        if [ "$flag_kind" = bool ]; then
            set_flag true
            cluster=$cluster_tail
            continue
        fi
        if [ -n "$cluster_tail" ]; then
            set_flag "$cluster_tail"
        else
            [ $# -gt 0 ] || fail_flag "flag needs an argument: '$cluster_letter' in -$cluster"
            flag_words=1
            set_flag "$1"
        fi
        return 0
    done
}

fail_flag() { # MESSAGE
    fail_usage 1 "Error: $1"
}

# Those of a provider exist where the provider is named as a separate word.
find_any_flag() { # COMMAND NAME
    find_flag "$1" "$2" && return 0
    [ "$1" = root ] || return 1
    while IFS= read -r declared_name; do
        [ -n "$declared_name" ] || continue
        case $2 in
        "provider-$declared_name-version") flag_variable=provider_versions ;;
        "provider-$declared_name-config") flag_variable=provider_configs ;;
        *) continue ;;
        esac
        flag_kind=of_provider flag_provider=$declared_name flag_label="--$2" flag_allowed=
        return 0
    done <<DECLARED
$declared_providers
DECLARED
    return 1
}
