// Command control-plane is the real Kubernetes control plane that Keywright's tests and demo run
// against. One binary, three roles, chosen by the first argument after the options below; every
// other argument goes to the role unchanged.
//
//	--parent-pipe          exit as soon as standard input reaches its end
//	--remove-orphaned=DIR  with --parent-pipe: remove DIR before that exit
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

var roles = map[string]func() *cobra.Command{
	"etcd":               newEtcdCommand,
	"apiserver":          apiserver.NewAPIServerCommand,
	"controller-manager": controllermanager.NewControllerManagerCommand,
}

func main() {
	args := os.Args[1:]
	parentPipe, removeOrphaned := false, ""
	for len(args) > 0 && strings.HasPrefix(args[0], "--") {
		name, value, _ := strings.Cut(args[0], "=")
		switch name {
		case "--parent-pipe":
			parentPipe = true
		case "--remove-orphaned":
			removeOrphaned = value
		default:
			exitWithUsage()
		}
		args = args[1:]
	}
	if len(args) == 0 || roles[args[0]] == nil {
		exitWithUsage()
	}
	if parentPipe {
		go exitWhenOrphaned(removeOrphaned)
	}
	command := roles[args[0]]()
	command.SetArgs(args[1:])
	os.Exit(cli.Run(command))
}

func exitWithUsage() {
	fmt.Fprintln(os.Stderr, "usage: control-plane [--parent-pipe [--remove-orphaned=DIR]] etcd|apiserver|controller-manager [flags]")
	os.Exit(2)
}
