#!/bin/sh
# Make the certificates of a BuildKit that is reached over TLS, and of those who may use it.
#
#     ./certificates.sh builder.example.com        # the names or addresses that clients reach it by, separated by blanks
#
# writes certificates/daemon and certificates/client, each with ca.pem, cert.pem and key.pem, good for a year. Who has the client's
# files can run anything on that builder. The key of the authority is deleted: run this again for new certificates of both.
set -eu
umask 077

: "${1:?is the name or address that clients reach the builder by}"

names=
for name in "$@"; do
    case $name in
    *:*) kind=IP ;;
    *[!0-9.]*) kind=DNS ;;
    *) kind=IP ;;
    esac
    names="$names${names:+,}$kind:$name"
done

mkdir -p certificates/daemon certificates/client
cd certificates
new_key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
# shellcheck disable=SC2086 # several words
openssl req -x509 $new_key -days 365 -subj "/CN=BuildKit" -keyout ca-key.pem -out ca.pem

# make FOLDER COMMON_NAME EXTENSIONS
make() {
    # shellcheck disable=SC2086 # several words
    openssl req $new_key -subj "/CN=$2" -keyout "$1/key.pem" -out "$1/request.pem"
    printf '%s\n' "$3" >"$1/extensions"
    openssl x509 -req -days 365 -in "$1/request.pem" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile "$1/extensions" \
        -out "$1/cert.pem"
    cp ca.pem "$1/ca.pem"
    rm "$1/request.pem" "$1/extensions"
}
make daemon "$1" "extendedKeyUsage=serverAuth
subjectAltName=$names"
make client client "extendedKeyUsage=clientAuth"
rm -f ca.pem ca-key.pem ca.srl
