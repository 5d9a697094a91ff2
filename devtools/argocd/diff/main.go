// Says on standard output whether Argo CD calls an object OutOfSync: true or false. Standard input has
// the manifest (config), what the server stores (live), and for ServerSideDiff what the server
// answers to the manifest applied as a dry run (predicted), and its OpenAPI v2 document.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/argoproj/gitops-engine/pkg/diff"
	openapi "github.com/google/gnostic-models/openapiv2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/kube-openapi/pkg/util/proto"
)

type question struct {
	Config          map[string]any  `json:"config"`
	Live            map[string]any  `json:"live"`
	Predicted       json.RawMessage `json:"predicted"`
	OpenAPI         json.RawMessage `json:"openapi"`
	Manager         string          `json:"manager"`
	IncludeWebhooks bool            `json:"includeWebhooks"`
}

// predicted is what the server said already.
type predicted string

func (p predicted) Run(context.Context, *unstructured.Unstructured, string) (string, error) {
	return string(p), nil
}

func main() {
	if err := answer(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer() error {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return err
	}
	var options []diff.Option
	if asked.Predicted != nil {
		parser, err := parser(asked.OpenAPI)
		if err != nil {
			return err
		}
		options = []diff.Option{
			diff.WithServerSideDiff(true),
			diff.WithServerSideDryRunner(predicted(asked.Predicted)),
			diff.WithManager(asked.Manager),
			diff.WithGVKParser(parser),
			diff.WithIgnoreMutationWebhook(!asked.IncludeWebhooks),
		}
	}
	result, err := diff.Diff(&unstructured.Unstructured{Object: asked.Config}, &unstructured.Unstructured{Object: asked.Live}, options...)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result.Modified)
}

// parser knows the fields of the server's types, and which lists are sets or maps.
func parser(document []byte) (*managedfields.GvkParser, error) {
	parsed, err := openapi.ParseDocument(document)
	if err != nil {
		return nil, err
	}
	models, err := proto.NewOpenAPIData(parsed)
	if err != nil {
		return nil, err
	}
	return managedfields.NewGVKParser(models, false)
}
