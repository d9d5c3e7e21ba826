#!/bin/sh
# The way to a server: TLS is verified, proxies as curl's variables say, redirects to the same host alone.
# SPDX-License-Identifier: MIT
. "${srcdir:-..}/tests/scripts/lib.sh"
. "$srcdir/tests/scripts/model-server.sh"

ws=$scratch/ws
key=sk-secret-0123456789
fixtures=$srcdir/tests/fixtures
unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR
unset http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
"$neggen" import "$ws" "$srcdir/samples/catalogue" --quiet || exit 1
"$neggen" generate "$ws" mug-01 --quiet || exit 1 # counts the catalogue once
printf '%s\n' "$key" >"$scratch/key"

start_server plain --key "$key" --log "$scratch/plain.log"
plain=$url
exec 8>&9 # the server lives as long as this is open
start_server safe --key "$key" --log "$scratch/safe.log" --tls "$fixtures/tls-loopback.pem" "$fixtures/tls-key.pem"
safe=$url
exec 7>&9
start_server other --key "$key" --log "$scratch/other.log" --tls "$fixtures/tls-another-host.pem" "$fixtures/tls-key.pem"
other=$url
ask() { # URL ITEM [VARIABLE=VALUE...]
  base=$1 item=$2
  shift 2
  env "$@" "$neggen" generate "$ws" "$item" --templates describe --backend openai --api-base "$base" \
    --model "$model" --api-key-file "$scratch/key" --retries 0 --quiet
}
model=good

# TLS.
refuses "a certificate that nobody vouches for" 69 \
  "neggen: lamp-01: $safe/v1/models: *certificate*; a CA of your own: SSL_CERT_FILE" ask "$safe" lamp-01
same "and the server hears nothing of it" "$(cat "$scratch/safe.log")" ""
run ask "$safe" lamp-02 CURL_CA_BUNDLE="$fixtures/tls-loopback.pem"
same "one that CURL_CA_BUNDLE vouches for" "$status $err_text" "0 "
run ask "$safe" lamp-03 SSL_CERT_FILE="$fixtures/tls-loopback.pem"
same "one that SSL_CERT_FILE vouches for" "$status $err_text" "0 "
mkdir "$scratch/authorities"
cp "$fixtures/tls-loopback.pem" "$scratch/authorities/a288dad5.0" # its name is a hash of the subject
run ask "$safe" lamp-04 SSL_CERT_DIR="$scratch/authorities"
same "one that SSL_CERT_DIR vouches for" "$status $err_text" "0 "
holds "then the key goes along" "$(sed -n 1p "$scratch/safe.log")" 'good probe *key=yes*'
refuses "the certificate of another host" 69 "neggen: lamp-05: $other/v1/models: *" \
  ask "$other" lamp-05 CURL_CA_BUNDLE="$fixtures/tls-another-host.pem"
refuses "an authority that is not there" 69 "neggen: lamp-05: $safe/v1/*: *certificate*" \
  ask "$safe" lamp-05 CURL_CA_BUNDLE="$scratch/nowhere.pem"
refuses "TLS where there is none" 69 "neggen: lamp-05: https:*/v1/models: *" ask "https${plain#http}" lamp-05
same "no key went where it must not" "$(cat "$scratch/other.log" "$scratch/plain.log")" ""

# Redirects: to the same host, not from TLS to none, not for ever.
run ask "$safe/moved" lamp-06 CURL_CA_BUNDLE="$fixtures/tls-loopback.pem"
same "a redirect within the host" "$status" 0
model=redirect-plain
refuses "none that would leave TLS" 69 \
  "neggen: lamp-06: $safe/v1/chat/completions: answered 307: a redirect, which is not followed*" \
  ask "$safe" lamp-06 CURL_CA_BUNDLE="$fixtures/tls-loopback.pem"
model=good
run ask "$plain/moved/moved/moved" lamp-07
same "three in a row" "$status" 0
refuses "not four" 69 "neggen: lamp-08: $plain/moved/*: answered 308: a redirect*" \
  ask "$plain/moved/moved/moved/moved" lamp-08

# Proxies.
: >"$scratch/plain.log"
run ask http://model.invalid lamp-09 http_proxy="$plain"
holds "http_proxy is asked in the place of the host" "$status $(cat "$scratch/plain.log")" \
  '0 proxy http://model.invalid/v1/models*proxy http://model.invalid/v1/chat/completions*good describe *'
refuses "a proxy that is not there" 69 "neggen: lamp-10: $plain/v1/models: no connection*" \
  ask "$plain" lamp-10 http_proxy=http://127.0.0.1:1
run ask "$plain" lamp-10 http_proxy=http://127.0.0.1:1 no_proxy=127.0.0.1
same "no_proxy goes around it" "$status" 0
refuses "https_proxy" 69 "neggen: lamp-11: $safe/v1/*: no connection*" \
  ask "$safe" lamp-11 https_proxy=http://127.0.0.1:1 CURL_CA_BUNDLE="$fixtures/tls-loopback.pem"
run ask "$safe" lamp-11 HTTPS_PROXY=http://127.0.0.1:1 NO_PROXY='*' CURL_CA_BUNDLE="$fixtures/tls-loopback.pem"
same "and around that" "$status" 0
finish
