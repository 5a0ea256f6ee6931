# The record of how the stand-in was called: /etc/kairos/stand-in-calls. One line per stage that ran, the
# word "call" and a JSON object; a line "extension FILE POINT" where the real program runs an extension.

calls_file=/etc/kairos/stand-in-calls

record_call() { # STAGE WORDS...
    record_stage=$1
    shift
    record_words=
    for record_word; do
        json_string "$record_word"
        record_words=$record_words${record_words:+, }$json
    done
    environment_object
    record_line "call {\"stage\": \"$record_stage\", \"release\": \"$release\", \"argv\": [$record_words], \"env\": {$environment}}"
}

record_line() { # LINE
    make_parent "$calls_file" && printf '%s\n' "$1" >>"$root$calls_file"
}

# Those variables alone that change what the real program does. Proxies are not among them: their values
# may hold a password and have no place in an image.
environment_object() { # sets environment
    environment=
    vendor_variables=$(env)
    case $vendor_variables in
    *INSTALL_K3S_*)
        vendor_variables=$(env | sed -n 's/^\(INSTALL_K3S_[A-Z_]*\)=.*/\1/p' | sort)
        ;;
    *) vendor_variables= ;;
    esac
    for environment_name in $recorded_environment K0S_VERSION $vendor_variables; do
        eval "environment_set=\${$environment_name+set} environment_value=\${$environment_name-}"
        if [ -z "$environment_set" ]; then continue; fi
        json_string "$environment_value"
        environment="$environment${environment:+, }\"$environment_name\": $json"
    done
}
