#!/bin/sh
# node-inside.sh FOLDER MACHINE_ADDRESS NODE_ADDRESS POD_NETWORK
# The first process of the node's namespaces; file descriptor 9 is the network namespace of the machine.
set -eu
folder=$1 machine=$2 node=$3 pods=$4
link=kwn-${folder##*-}

ip link set lo up
ip link add eth0 type veth peer name "$link"
ip link set "$link" netns /proc/self/fd/9
# The machine reaches pods; what is routed there goes with the link.
nsenter --net=/proc/self/fd/9 sh -euc "
  ip address add $machine/30 dev $link
  ip link set $link up
  ip route add $pods via $node"
exec 9<&-
ip address add "$node/30" dev eth0
ip link set eth0 up
ip route add default via "$machine"
echo 1 >/proc/sys/net/ipv4/ip_forward

# Images and containers, and what the parts write elsewhere whatever they are told. Nobody else sees these mounts.
for place in "$folder/data" /opt /run /var/lib /var/log; do mount -t tmpfs none "$place"; done
# The kubelet sets these, which are the machine's: it is given copies.
for setting in vm/overcommit_memory kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  copy=$folder/data/$(basename "$setting")
  cat "/proc/sys/$setting" >"$copy"
  mount --bind "$copy" "/proc/sys/$setting"
done

# A node that lacks a part is none: the end of one is the end of all.
trap 'exit 1' TERM
run() {
  part=$1
  log=$folder/logs/$part.log
  shift
  {
    "$@" >"$log" 2>&1 || true
    echo "$part ended. Its last lines:"
    tail -n 15 "$log"
    kill -TERM 1
  } &
}
await() { until [ -e "$1" ]; do sleep 0.05; done; }

run containerd containerd --config="$folder/containerd.toml"
# Of a control plane that listens at the machine's end of the link, which is there now.
touch "$folder/linked"
await "$folder/kubeconfig"
await "$folder/containerd.sock"
common="--hostname-override=node1 --v=1"
run proxy "$folder/node" proxy --kubeconfig="$folder/kubeconfig" --proxy-mode=iptables --cluster-cidr="$pods" \
  --conntrack-max-per-core=0 $common
run scheduler "$folder/node" scheduler --kubeconfig="$folder/kubeconfig" --authentication-kubeconfig="$folder/kubeconfig" \
  --authorization-kubeconfig="$folder/kubeconfig" --leader-elect=false --secure-port=0
run kubelet "$folder/node" kubelet --config="$folder/kubelet.yaml" --kubeconfig="$folder/kubeconfig" \
  --root-dir="$folder/data/kubelet" --node-ip="$node" $common
wait
