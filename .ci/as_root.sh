#!/usr/bin/env bash
# as_root.sh COMMAND...: runs a command with the rights to install; through sudo where the user is not root.
set -euo pipefail
[ "$(id -u)" -eq 0 ] || set -- sudo "$@"
exec "$@"
