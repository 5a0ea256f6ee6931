# Stage extensions. There is no YAML parser here: a file's stages are the keys directly below a top key
# "stages:" written in block style, and nothing in them is run. Where the real program would run them a
# line goes to the record. A file that does not parse is logged and ignored, as by the real program; all that
# is noticed here is a tab in an indentation. A missing directory holds no extensions.

run_extensions() { # POINT
    "$opt_extensions" || return 0
    extension_directory=$root${KAIROS_INIT_STAGE_EXTENSIONS_DIR:-/etc/kairos-init/stage-extensions}
    extension_files=$(list_extensions "$extension_directory")
    debug "stage extensions for $1 from ${extension_directory#"$root"}"
    while IFS= read -r extension_file; do
        if [ -n "$extension_file" ] && has_stage "$extension_file" "$1"; then
            info "Stage extension ${extension_file#"$extension_directory"/} at $1 (the stand-in runs none of it)"
            record_line "extension ${extension_file#"$extension_directory"/} $1"
        fi
    done <<FILES
$extension_files
FILES
}

list_extensions() { # DIRECTORY; directories in it too, all in lexical order
    for extension_entry in "$1"/*; do
        if [ -d "$extension_entry" ]; then
            list_extensions "$extension_entry"
            continue
        fi
        case $extension_entry in
        *.yaml | *.yml) if [ -f "$extension_entry" ]; then printf '%s\n' "$extension_entry"; fi ;;
        esac
    done
}

has_stage() { # FILE POINT
    if grep -q "^ *$tab" "$1"; then
        error "error loading file ${1#"$root"}: found a tab where the indentation should be"
        return 1
    fi
    stage_indent='' inside_stages=false
    while IFS= read -r yaml_line || [ -n "$yaml_line" ]; do
        yaml_text=${yaml_line#"${yaml_line%%[! ]*}"}
        yaml_indent=${yaml_line%"$yaml_text"}
        case $yaml_text in '' | '#'* | ---*) continue ;; esac
        if [ -z "$yaml_indent" ]; then
            inside_stages=false
            case $yaml_text in stages:*) inside_stages=true stage_indent='' ;; esac
            continue
        fi
        $inside_stages || continue
        if [ -z "$stage_indent" ]; then stage_indent=$yaml_indent; fi
        [ "$yaml_indent" = "$stage_indent" ] || continue
        case $yaml_text in "$2:"* | "\"$2\":"* | "'$2':"*) return 0 ;; esac
    done <"$1"
    return 1
}
