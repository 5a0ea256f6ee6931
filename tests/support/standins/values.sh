# Values of flags: what both command-line libraries share.

parse_bool() { # TEXT: sets parsed to true or false, as strconv.ParseBool reads it
    case $1 in
    1 | t | T | TRUE | true | True) parsed=true ;;
    0 | f | F | FALSE | false | False) parsed=false ;;
    *) return 1 ;;
    esac
}

is_allowed() { # VALUE LIST-WITH-COMMAS: an empty value is allowed where the list has an empty item
    case $1 in *,*) return 1 ;; esac
    case ",$2," in *",$1,"*) ;; *) return 1 ;; esac
}

is_trusted() { # TEXT: anything but these two words, in any letter case, is silently false
    case $1 in [Tt][Rr][Uu][Ee] | 1) ;; *) return 1 ;; esac
}

set_option() { # VARIABLE VALUE
    eval "opt_$1=\$2"
}

get_option() { # VARIABLE: sets option
    eval "option=\$opt_$1"
}

json_string() { # TEXT: sets json
    json_rest=$1 json=
    while :; do
        case $json_rest in *[\\\"$newline$tab]*) ;; *) break ;; esac
        json=$json${json_rest%%[\\\""$newline$tab"]*}
        json_rest=${json_rest#"${json_rest%%[\\\""$newline$tab"]*}"}
        case $json_rest in
        "$newline"*) json="$json\\n" ;;
        "$tab"*) json="$json\\t" ;;
        *) json="$json\\${json_rest%"${json_rest#?}"}" ;;
        esac
        json_rest=${json_rest#?}
    done
    json="\"$json$json_rest\""
}

# KAIROS_STANDIN_PARSE_ONLY=1 stops here: the command line was accepted. Prints NAME=JSON lines.
stop_when_only_parsing() { # COMMAND
    [ "${KAIROS_STANDIN_PARSE_ONLY:-}" = 1 ] || return 0
    printf 'command=%s\n' "$1"
    for option_name in $option_names; do
        get_option "$option_name"
        json_string "$option"
        printf '%s=%s\n' "$option_name" "$json"
    done
    printf 'normal_version="%s"\n' "${normal_version:-}"
    exit 0
}

fail_usage() { # EXIT-CODE MESSAGE
    if [ -n "$2" ]; then printf '%s\n' "$2" >&2; fi
    print_usage >&2
    exit "$1"
}
