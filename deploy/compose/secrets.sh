#!/bin/sh
# Makes the secrets of the profiles `scale` and `sso` in deploy/compose/secrets, each a file of the one account that
# reads it in its container. What is there stays. Run it as root: sudo sh deploy/compose/secrets.sh
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
cd secrets

lectern=10001 postgres=999 keycloak=1000 gateway=101

make() { # FILE OWNER [FILE OWNER]...: the same fresh secret in every file that is missing, or the one that is there
  value=
  [ ! -s "$1" ] || value=$(cat "$1")
  [ -n "$value" ] || value=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
  while [ $# -gt 0 ]; do
    [ -s "$1" ] || printf '%s\n' "$value" >"$1"
    chown "$2" "$1"
    chmod 400 "$1"
    shift 2
  done
}

make lectern-database $lectern postgres-database $postgres
make lectern-sso $lectern keycloak-client $keycloak
make keycloak-admin $keycloak

# For trying single sign-on on one machine. Browsers warn of it; a real certificate takes its place in .env.
if [ ! -s trial-certificate ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=lectern.localhost \
    -addext subjectAltName=DNS:lectern.localhost,DNS:localhost -keyout trial-key -out trial-certificate 2>/dev/null
  chown $gateway trial-key
  chmod 400 trial-key
  chmod 444 trial-certificate
fi
