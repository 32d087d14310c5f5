#!/usr/bin/env bash
# packages.sh PACKAGE...: installs those Debian packages that are missing.
set -euo pipefail
as_root="$(dirname "${BASH_SOURCE[0]}")/as_root.sh"

missing=()
for package in "$@"; do
  state="$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)"
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "Installing ${missing[*]}"
bash "$as_root" apt-get update -qq
bash "$as_root" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
