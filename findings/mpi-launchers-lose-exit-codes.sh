#!/usr/bin/env bash
# The launchers of Open MPI 4.1.4 and MPICH 4.0.2 (Debian 12) after a SIGINT to them, which they hand on, where every rank saves and
# ends with 143: MPICH's ends with 143 or, now and then, with 0; Open MPI's always ends with 1, a second later, also where all ranks
# ended with 0. So the exit code of a launcher does not tell a run that has saved from one that is done or one that failed: what
# ranks leave behind has to, and a batch script must not ask `$?`.
#
# Expected, last lines:
#   MPICH, ranks end with 143: N times 0, N times 143, never anything else
#   Open MPI, ranks end with 143: 1 every time
#   Open MPI, ranks end with 0: 1 every time
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cat >"$folder/rank" <<'SH'
#!/usr/bin/env bash
trap "sleep 0.2; exit $1" INT
touch "$2/begun.$BASHPID"
for _ in {1..100}; do sleep 0.05; done
SH
chmod +x "$folder/rank"

# codes TIMES CODE LAUNCHER...: what the launcher of two ranks ends with, which end with a code: a line each.
codes() {
  local times="$1" code="$2"
  shift 2
  for _ in $(seq "$times"); do
    rm -f "$folder"/begun.*
    # A shell has what it starts in the background ignore SIGINT; not so env.
    env --default-signal=INT "$@" -n 2 "$folder/rank" "$code" "$folder" >/dev/null 2>&1 &
    local launcher=$!
    until [ "$(find "$folder" -name 'begun.*' | wc -l)" = 2 ]; do sleep 0.05; done
    kill -INT "$launcher"
    local ended=0
    wait "$launcher" || ended=$?
    echo "$ended"
  done
}
open=(mpirun.openmpi --allow-run-as-root --oversubscribe --bind-to none)
codes 40 143 mpiexec.mpich >"$folder/mpich"
codes 4 143 "${open[@]}" >"$folder/open"
codes 4 0 "${open[@]}" >"$folder/open-0"
count() { grep -c -x "$1" "$folder/$2" || true; }
lost="$(count 0 mpich)" kept="$(count 143 mpich)"
echo "MPICH, ranks end with 143: $lost times 0, $kept times 143, never anything else"
echo "Open MPI, ranks end with 143: $(sort -u "$folder/open" | paste -sd ' ') every time"
echo "Open MPI, ranks end with 0: $(sort -u "$folder/open-0" | paste -sd ' ') every time"
[ "$lost" -gt 0 ] && [ "$kept" -gt 0 ] && [ $((lost + kept)) = 40 ] && [ "$(count 1 open)" = 4 ] && [ "$(count 1 open-0)" = 4 ] ||
  { echo "This has changed."; exit 1; }
