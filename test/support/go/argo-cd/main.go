// Command argo-cd is the parts of Argo CD that sync a repository, and the programs they need beside them, in one: all
// of Argo CD would take longer to build. The first argument chooses the part; every other argument goes to it unchanged.
package main

import (
	"fmt"
	"os"

	appcontroller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kustomize "sigs.k8s.io/kustomize/kustomize/v5/commands"
)

var parts = map[string]func() *cobra.Command{
	"application-controller": appcontroller.NewCommand,
	"cache":                  newCacheCommand,
	"health":                 newHealthCommand,
	"kubectl":                kubectl.NewDefaultKubectlCommand,
	"kustomize":              kustomize.NewDefaultCommand,
	"repo-server":            reposerver.NewCommand,
}

func main() {
	if len(os.Args) < 2 || parts[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: argo-cd application-controller|cache|health|kubectl|kustomize|repo-server [flags]")
		os.Exit(2)
	}
	part := parts[os.Args[1]]
	// Each reads its arguments as if it stood alone, some while the command is made.
	os.Args = os.Args[1:]
	if err := part().Execute(); err != nil {
		os.Exit(1)
	}
}
