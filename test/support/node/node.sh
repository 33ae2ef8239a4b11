#!/bin/sh
# node.sh FOLDER MACHINE_ADDRESS NODE_ADDRESS POD_NETWORK >FOLDER.log 2>&1
# Makes a Kubernetes node of this machine in namespaces of its own, until standard input ends or it is asked to end.
# What runs in it (node-inside.sh), its network and its mounts end with these; cgroups and the folder are removed here.
# Needs root.
set -eu
folder=$1
name=$(basename "$folder")
exec 3<&0

# Version 1 of cgroups has a hierarchy for each controller, version 2 has one.
hierarchies=/sys/fs/cgroup
[ -e /sys/fs/cgroup/cgroup.procs ] || hierarchies=/sys/fs/cgroup/*

remove() {
  for hierarchy in $hierarchies; do
    if [ -d "$hierarchy/$name" ]; then find "$hierarchy/$name" -depth -type d -exec rmdir {} + || true; fi
  done
  rm -rf "$folder"
  # Nobody reads the standard input any more.
  trap '' TERM
  kill -TERM 0
}
trap remove EXIT

for hierarchy in $hierarchies; do mkdir -p "$hierarchy/$name"; done
unshare --net --mount --pid --fork --mount-proc --kill-child "$(dirname "$0")/node-inside.sh" "$@" \
  </dev/null 3<&- 9</proc/self/ns/net &
node=$!
# The end of its first process is the end of all.
end_node() {
  while kill -0 "$node" 2>/dev/null; do
    # shellcheck disable=SC2046 -- there is one, or none yet.
    kill -KILL $(cat "/proc/$node/task/$node/children") 2>/dev/null && return
    sleep 0.1
  done
}
trap end_node TERM INT
# Whoever would read the log is gone too.
{ cat <&3 >/dev/null; rm -f "$folder.log"; end_node; } &

# A signal ends the first wait, not the node.
while kill -0 "$node" 2>/dev/null; do wait "$node" || true; done
