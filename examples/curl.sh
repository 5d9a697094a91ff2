#!/bin/sh
# Posts every example review to both endpoints of a running server and prints its answers.
# usage: examples/curl.sh [URL [CA certificate]]
set -eu
url=${1:-https://localhost:8443}
ca=${2:-certs/ca.crt}
for review in "$(dirname "$0")"/reviews/*.json; do
    for endpoint in mutate validate; do
        printf '%s /%s\n' "$(basename "$review" .json)" "$endpoint"
        curl --silent --show-error --fail-with-body --cacert "$ca" \
            --header 'Content-Type: application/json' --data "@$review" "$url/$endpoint"
        printf '\n'
    done
done
