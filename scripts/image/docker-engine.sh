#!/bin/sh
# unshare --mount docker-engine.sh FOLDER >FOLDER.log 2>&1
# Runs a Docker engine of its own in a new folder, at FOLDER/docker.sock, until standard input ends or it is asked to
# end. Then its processes and the folder go, and nothing is left of it on the machine: it makes no bridge, forwards
# nothing and sets no packet filter, so that a container has the network of the machine or none. Needs root and Debian's
# docker.io.
set -eu
folder=$1
group=$(basename "$folder")
exec 3<&0

# Images, and what it and containerd write elsewhere whatever they are told. Nobody else sees these mounts, and they end
# with the engine.
mkdir "$folder/data"
for place in "$folder/data" /etc/docker /opt /run; do mount -t tmpfs none "$place"; done

dockerd --host="unix://$folder/docker.sock" --data-root="$folder/data" --exec-root="$folder/exec" \
  --pidfile="$folder/docker.pid" --cgroup-parent="/$group" \
  --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false </dev/null &
engine=$!
end_engine() { kill "$engine" 2>/dev/null || true; }
trap end_engine TERM INT
# Whoever would read the log is gone too.
{ cat <&3 >/dev/null; rm -f "$folder.log"; end_engine; } &

# A signal ends the first wait, not the engine.
while kill -0 "$engine" 2>/dev/null; do wait "$engine" || true; done

awk -v below="$folder/" 'index($2, below) == 1 { print $2 }' /proc/self/mounts | sort -r | xargs -r umount -l
rm -rf "$folder"
rmdir "/sys/fs/cgroup/$group" /sys/fs/cgroup/*/"$group" 2>/dev/null || true
# Nobody reads the standard input any more.
trap '' TERM
kill -TERM 0
