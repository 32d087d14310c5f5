#!/usr/bin/env bash
# Debian 12, Slurm 22.05.8 (slurm-client, slurm-wlm-basic-plugins): `srun --mpi=list` names pmix, and `srun --mpi=pmix` fails with
# "can not load PMIx library", though libpmix2 is installed: the plugin opens libpmix.so, a link that is in libpmix-dev alone, and
# no package depends on or recommends that. With the link ranks of Debian's Open MPI 4.1.4 know of each other under srun; without
# it Open MPI has no way under srun at all. So every node needs libpmix-dev, or jobs call mpirun.
#
# It wants these packages, root (for a mount of its own, which nobody else sees) and no cluster: with the link the plugin is
# loaded, and srun goes on to look for a controller, which there is none of.
#
# Expected, last lines:
#   listed: pmix
#   as installed: can not load PMIx library
#   with the link of libpmix-dev: Unable to allocate resources
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
at=/usr/lib/x86_64-linux-gnu/pmix2/lib
[ ! -e "$at/libpmix.so" ] || { echo "libpmix-dev is installed here: nothing to see."; exit 1; }
cat >"$folder/slurm.conf" <<CONF
ClusterName=none
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=9
SlurmctldTimeout=1
MessageTimeout=1
AuthType=auth/none
CredType=cred/none
NodeName=localhost CPUs=1
PartitionName=main Nodes=ALL Default=YES
CONF
export SLURM_CONF="$folder/slurm.conf"
echo "listed: $(srun --mpi=list 2>&1 | grep -o -w -m1 pmix)"
said() {
  timeout 60 srun -n 1 --mpi=pmix true 2>&1 | grep -o -m1 -e "can not load PMIx library" -e "Unable to allocate resources" || true
}
installed="$(said)"
echo "as installed: $installed"
(cd "$folder" && apt-get download libpmix-dev >/dev/null && dpkg-deb -x libpmix-dev_*.deb dev)
cp -a "$at/." "$folder/lib"
cp -a "$folder/dev$at/libpmix.so" "$folder/lib"
export -f said
linked="$(unshare --mount bash -c 'mount --bind "$0" "$1" && said' "$folder/lib" "$at")"
echo "with the link of libpmix-dev: $linked"
[ "$installed" = "can not load PMIx library" ] && [ "$linked" = "Unable to allocate resources" ] || { echo "This has changed."; exit 1; }
