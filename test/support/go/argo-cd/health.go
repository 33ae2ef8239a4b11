package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// newHealthCommand judges the object on its standard input by a health check in Lua, as the application controller and
// `argocd admin settings resource-overrides health` do, and prints status and message as JSON.
func newHealthCommand() *cobra.Command {
	return &cobra.Command{
		Use:          "health SCRIPT",
		Args:         cobra.ExactArgs(1),
		SilenceUsage: true,
		RunE: func(command *cobra.Command, args []string) error {
			script, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			text, err := io.ReadAll(command.InOrStdin())
			if err != nil {
				return err
			}
			object := &unstructured.Unstructured{}
			if err := object.UnmarshalJSON(text); err != nil {
				return err
			}
			kind := lua.GetConfigMapKey(object.GroupVersionKind())
			result, err := health.GetResourceHealth(object, lua.ResourceHealthOverrides{kind: {HealthLua: string(script)}})
			if err != nil {
				return err
			}
			if result == nil {
				return fmt.Errorf("nothing judges %s", kind)
			}
			return json.NewEncoder(command.OutOrStdout()).Encode(result)
		},
	}
}
