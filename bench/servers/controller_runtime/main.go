// A validating webhook as projects write it with controller-runtime, which enforces the built-in
// rules on LeaseCandidate objects: a peer of the bench.
//
// usage: controller-runtime PORT FOLDER, where FOLDER has tls.crt and tls.key
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/blang/semver/v4"
	"github.com/go-logr/logr"
	coordinationv1 "k8s.io/api/coordination/v1"
	coordinationv1beta1 "k8s.io/api/coordination/v1beta1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

type candidate = coordinationv1beta1.LeaseCandidate

type validator struct{}

func (validator) ValidateCreate(_ context.Context, created *candidate) (admission.Warnings, error) {
	metadata := field.NewPath("metadata")
	found := apivalidation.ValidateObjectMeta(&created.ObjectMeta, true, validName, metadata)
	return nil, invalid(created, append(found, validateSpec(&created.Spec)...))
}

func (validator) ValidateUpdate(_ context.Context, old, updated *candidate) (admission.Warnings, error) {
	metadata := field.NewPath("metadata")
	found := apivalidation.ValidateObjectMetaUpdate(&updated.ObjectMeta, &old.ObjectMeta, metadata)
	found = append(found, validateSpec(&updated.Spec)...)
	leaseName := field.NewPath("spec", "leaseName")
	found = append(found, apivalidation.ValidateImmutableField(
		updated.Spec.LeaseName, old.Spec.LeaseName, leaseName)...)
	return nil, invalid(updated, found)
}

func (validator) ValidateDelete(context.Context, *candidate) (admission.Warnings, error) {
	return nil, nil
}

func invalid(object *candidate, found field.ErrorList) error {
	if len(found) == 0 {
		return nil
	}
	kind := coordinationv1beta1.SchemeGroupVersion.WithKind("LeaseCandidate").GroupKind()
	return apierrors.NewInvalid(kind, object.Name, found)
}

func validName(name string, _ bool) []string {
	return validation.IsConfigMapKey(name)
}

// validateSpec returns what is wrong with a spec by itself. Versions that are missing or malformed
// compare as 0.0.0.
func validateSpec(spec *coordinationv1beta1.LeaseCandidateSpec) (found field.ErrorList) {
	path := field.NewPath("spec")
	report := func(problem *field.Error) { found = append(found, problem) }
	parse := func(name, text string) semver.Version {
		parsed, err := semver.Parse(text)
		if err != nil {
			report(field.Invalid(path.Child(name), text, "must be a valid semantic version"))
		}
		return parsed
	}

	if spec.LeaseName == "" {
		report(field.Required(path.Child("leaseName"), ""))
	}
	var emulation, binary semver.Version
	if spec.EmulationVersion != "" {
		emulation = parse("emulationVersion", spec.EmulationVersion)
	}
	if spec.BinaryVersion == "" {
		report(field.Required(path.Child("binaryVersion"), ""))
	} else {
		binary = parse("binaryVersion", spec.BinaryVersion)
		if spec.EmulationVersion != "" && binary.LT(emulation) {
			report(field.Invalid(path.Child("binaryVersion"), spec.BinaryVersion,
				"must be greater than or equal to `emulationVersion`"))
		}
	}
	strategy := path.Child("strategy")
	switch {
	case spec.Strategy == "":
		report(field.Required(strategy, ""))
	case strings.Contains(string(spec.Strategy), "/"):
		for _, problem := range validation.IsQualifiedName(string(spec.Strategy)) {
			report(field.Invalid(strategy.Child("strategy"), spec.Strategy, problem))
		}
	case spec.Strategy != coordinationv1.OldestEmulationVersion:
		report(field.NotSupported(strategy.Child("strategy"), spec.Strategy,
			[]coordinationv1.CoordinatedLeaseStrategy{coordinationv1.OldestEmulationVersion}))
	case emulation.EQ(semver.Version{}):
		report(field.Required(path.Child("emulationVersion"),
			"must be specified when `strategy` is 'OldestEmulationVersion'"))
	}
	return found
}

func run(port int, folder string) error {
	log.SetLogger(logr.Discard())
	scheme := runtime.NewScheme()
	if err := coordinationv1beta1.AddToScheme(scheme); err != nil {
		return err
	}
	server := webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: port, CertDir: folder})
	server.Register("/validate", admission.WithValidator[*candidate](scheme, validator{}))
	if err := server.Start(ctrl.SetupSignalHandler()); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func main() {
	port, err := strconv.Atoi(os.Args[1])
	if err == nil {
		err = run(port, os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
