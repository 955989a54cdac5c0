#!/bin/sh
# certbot where Let's Encrypt is not: it asks the shop's name for a file as Let's Encrypt does, and signs a certificate itself.
set -eu
live=/etc/letsencrypt/live/shop.example
asked=/var/www/html/.well-known/acme-challenge
mkdir -p "$asked" "$live"
head -c 30 /dev/urandom | base64 > "$asked/question"
curl --silent --show-error --fail http://shop.example/.well-known/acme-challenge/question | cmp - "$asked/question"
rm "$asked/question"
[ "$1" = certonly ] || exit 0
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=shop.example -addext subjectAltName=DNS:shop.example \
    -keyout "$live/privkey.pem" -out "$live/fullchain.pem" 2> /dev/null
