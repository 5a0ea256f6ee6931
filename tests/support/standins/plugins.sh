# Provider plugins, from v0.6.0 on: programs that are told an event by its name, get a JSON object on their standard
# input and answer with one. An own plugin is run; the bundled one is a placeholder, whose work kubernetes.sh does.

# Sets plugins, one a line: the first of a name counts.
list_plugins() {
    plugins='' plugin_names=' '
    plugin_rest=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/system/providers:/usr/local/system/providers::
    while [ -n "$plugin_rest" ]; do
        plugin_directory=${plugin_rest%%:*}
        plugin_rest=${plugin_rest#*:}
        for plugin_path in "$root$plugin_directory"/agent-provider-*; do
            case $plugin_names in *" ${plugin_path##*/} "*) continue ;; esac
            [ -f "$plugin_path" ] || continue
            plugin_names="$plugin_names${plugin_path##*/} "
            plugins=$plugins${plugin_path#"$root"}$newline
        done
    done
}

# Sets plugin, empty for none. Of several the real program, which is not made for them, waits forever.
choose_plugin() {
    list_plugins
    plugin=${plugins%%"$newline"*}
    if [ "$plugins" != "$plugin$newline" ] && [ -n "$plugin" ]; then
        printf 'fatal error: all goroutines are asleep - deadlock!\n' >&2
        exit 2
    fi
}

is_bundled() { # PATH
    [ "$1" = /system/providers/agent-provider-kairos ] && is_stand_in "$1"
}

ask_plugin() { # PROVIDER
    requested_version "$1"
    plugin_config=
    while IFS= read -r config_line; do
        case $config_line in "$1="*) plugin_config=${config_line#*=} ;; esac
    done <<CONFIGS
$opt_provider_configs
CONFIGS
    plugin_data="{\"provider\":\"$1\",\"version\":\"$wanted_version\",\"config\":\"$plugin_config\""
    send_event init.provider.install "$plugin_data,\"logLevel\":\"$opt_level\",\"family\":\"$family\"}"
    if [ -n "$plugin_fault" ]; then
        step_error "provider build-install errors; $plugin_fault"
        return 1
    fi
}

# Sets plugin_answer, or plugin_fault.
send_event() { # NAME DATA
    plugin_fault=
    json_string "$2"
    if ! plugin_answer=$(printf '{"name":"%s","data":%s,"file":""}' "$1" "$json" | "$root$plugin" "$1"); then
        plugin_fault="$plugin cannot be run, or exits with an error"
        return 0
    fi
    case $plugin_answer in
    '{'*'}') ;;
    '') plugin_fault="$plugin answers nothing: unexpected end of JSON input" ;;
    *) plugin_fault="$plugin does not answer with JSON: invalid character" ;;
    esac
    if [ -z "$plugin_fault" ]; then plugin_fault=$(answer_value error); fi
}

answer_value() { # KEY: prints the text of a key of the answer, or of the JSON text in its data
    printf '%s\n' "$plugin_answer" | tr -d '\134' | sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"
}

# Every own plugin is asked what is in the image, with a provider on the command line or without. Sets software and
# software_version where one answers with both; the last one counts. An error is logged alone.
ask_own_plugins() {
    while IFS= read -r plugin; do
        if [ -z "$plugin" ] || is_bundled "$plugin"; then continue; fi
        send_event init.provider.info ''
        if [ -n "$plugin_fault" ]; then
            error "provider info errors; $plugin_fault"
            continue
        fi
        answer_provider=$(answer_value provider) answer_version=$(answer_value version)
        if [ -n "$answer_provider" ] && [ -n "$answer_version" ]; then
            software=$answer_provider software_version=$answer_version
        fi
    done <<PLUGINS
$plugins
PLUGINS
}
