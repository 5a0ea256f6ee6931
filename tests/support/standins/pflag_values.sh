# Setting one flag's value in releases from v0.5.0 on; an unfit value is an error of the flag that got it.

opt_provider_versions='' opt_provider_configs=''
option_names="$option_names provider_versions provider_configs"
version_given=false

set_flag() { # VALUE; the flag is the one that flag_* describes
    set_flag_fault=
    if [ "$flag_variable" = version ]; then version_given=true; fi
    case $flag_kind in
    bool) set_bool "$1" ;;
    enum) set_enum "$1" ;;
    list) set_list "$1" ;;
    names) add_names "$1" ;;
    of_provider) add_of_provider "$1" ;;
    *) set_option "$flag_variable" "$1" ;;
    esac
    if [ -n "$set_flag_fault" ]; then
        fail_flag "invalid argument \"$1\" for \"$flag_label\" flag: $set_flag_fault"
    fi
}

set_bool() { # VALUE
    if parse_bool "$1"; then
        set_option "$flag_variable" "$parsed"
    else
        set_flag_fault="strconv.ParseBool: parsing \"$1\": invalid syntax"
    fi
}

set_enum() { # VALUE
    if is_allowed "$1" "$flag_allowed"; then
        set_option "$flag_variable" "$1"
    else
        set_flag_fault="$1 is not included in $flag_allowed"
    fi
}

# The last occurrence replaces the earlier ones; blanks around a comma do not count.
set_list() { # VALUE
    list_rest=$1, list_items=
    while [ -n "$list_rest" ]; do
        list_item=${list_rest%%,*}
        list_rest=${list_rest#*,}
        list_item=${list_item#"${list_item%%[![:space:]]*}"}
        list_item=${list_item%"${list_item##*[![:space:]]}"}
        if ! is_allowed "$list_item" "$flag_allowed"; then
            set_flag_fault="$list_item is not included in $flag_allowed"
            return 0
        fi
        list_items=$list_items${list_items:+,}$list_item
    done
    set_option "$flag_variable" "$list_items"
}

# Accumulates; one value may be a line of comma-separated names. The real parser also knows quoted names,
# which nobody writes: refused here.
add_names() { # VALUE
    case $1 in
    '') return 0 ;;
    *\"* | *"$newline"*)
        set_flag_fault='parse error on line 1, column 1: bare " in non-quoted field'
        return 0
        ;;
    esac
    names_rest=$1,
    get_option "$flag_variable"
    while [ -n "$names_rest" ]; do
        option=$option${names_rest%%,*}$newline
        names_rest=${names_rest#*,}
    done
    set_option "$flag_variable" "$option"
}

add_of_provider() { # VALUE; kept as NAME=VALUE lines, the last of a name counts
    get_option "$flag_variable"
    set_option "$flag_variable" "$option$flag_provider=$1$newline"
}

# The real program looks for these words before any flag is parsed, wherever they stand.
declare_providers() { # ARGUMENTS
    declares_next=false
    for declare_word; do
        if $declares_next; then declare_provider "$declare_word"; fi
        declares_next=false
        case $declare_word in
        -p | --provider) declares_next=true ;;
        --provider=* | -p=*) declare_provider "${declare_word#*=}" ;;
        esac
    done
}

declare_provider() { # NAME
    case "$newline$declared_providers" in
    *"$newline$1$newline"*)
        printf 'kairos-init flag redefined: provider-%s-version\n' "$1" >&2
        printf 'panic: kairos-init flag redefined: provider-%s-version\n' "$1" >&2
        exit 2
        ;;
    esac
    declared_providers=$declared_providers$1$newline
}
