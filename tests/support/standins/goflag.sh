# The command line up to v0.4.9: Go's flag package. One dash or two are the same, a bool takes a value only
# after "=", and the first word that is no flag silently ends the parsing.

parse_flags() { # ARGUMENTS
    while [ $# -gt 0 ]; do
        case $1 in
        -?*) ;;
        *) return 0 ;;
        esac
        flag_word=$1
        shift
        if [ "$flag_word" = -- ]; then return 0; fi
        split_word
        look_up
        if [ "$flag_kind" = bool ]; then
            take_bool
        elif $flag_has_value; then
            set_option "$flag_variable" "$flag_value"
        elif [ $# -gt 0 ]; then
            set_option "$flag_variable" "$1"
            shift
        else
            fail_usage 2 "flag needs an argument: -$flag_name"
        fi
    done
}

split_word() { # flag_word: sets flag_name, flag_value, flag_has_value
    flag_name=${flag_word#-}
    flag_name=${flag_name#-}
    case $flag_name in
    '' | -* | =*) fail_usage 2 "bad flag syntax: $flag_word" ;;
    esac
    flag_has_value=false
    flag_value=
    case $flag_name in
    *=*)
        flag_has_value=true
        flag_value=${flag_name#*=}
        flag_name=${flag_name%%=*}
        ;;
    esac
}

look_up() {
    if find_flag root "$flag_name"; then return 0; fi
    if [ "$flag_name" = h ]; then fail_usage 0 ''; fi
    fail_usage 2 "flag provided but not defined: -$flag_name"
}

take_bool() {
    parsed=true
    if $flag_has_value && ! parse_bool "$flag_value"; then
        fail_usage 2 "invalid boolean value \"$flag_value\" for -$flag_name: parse error"
    fi
    set_option "$flag_variable" "$parsed"
}
