// Answers on standard output what kube-apiserver's leader election controller does in each case that
// comes in on standard input: one JSON object a line, for each order of its candidates an outcome.
//
// The step is unexported, so it is pulled in by its linker name; empty.s makes that possible. The
// listers return the candidates in the order that is asked for, the clients only note what is
// written, and the controller's clock is set.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"sort"
	"sync"
	"time"
	"unsafe"

	v1 "k8s.io/api/coordination/v1"
	"k8s.io/api/coordination/v1beta1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	informersv1 "k8s.io/client-go/informers/coordination/v1"
	informersv1beta1 "k8s.io/client-go/informers/coordination/v1beta1"
	clientv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
	clientv1beta1 "k8s.io/client-go/kubernetes/typed/coordination/v1beta1"
	listersv1 "k8s.io/client-go/listers/coordination/v1"
	listersv1beta1 "k8s.io/client-go/listers/coordination/v1beta1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controlplane/controller/leaderelection"
	"k8s.io/utils/clock"
)

//go:linkname reconcileElectionStep k8s.io/kubernetes/pkg/controlplane/controller/leaderelection.(*Controller).reconcileElectionStep
func reconcileElectionStep(*leaderelection.Controller, context.Context, types.NamespacedName) (time.Duration, error)

// question is one case: what is stored, what time it is, and in which orders the candidates are listed.
type question struct {
	Now        metav1.MicroTime         `json:"now"`
	Candidates []v1beta1.LeaseCandidate `json:"candidates"`
	Lease      *v1.Lease                `json:"lease"`
	Orders     [][]int                  `json:"orders"`
}

// outcome is what one step does. Requeue is in seconds.
type outcome struct {
	Pinged  []string      `json:"pinged"`
	Lease   *v1.LeaseSpec `json:"lease"`
	Requeue float64       `json:"requeue"`
	Failed  bool          `json:"failed"`
}

var (
	leaseResource = schema.GroupResource{Group: "coordination.k8s.io", Resource: "leases"}
	leaseKey      = types.NamespacedName{Namespace: "ns", Name: "lease"}
)

// store is a cluster with one Lease, and every interface that the controller reads and writes it by.
type store struct {
	sync.Mutex
	now        time.Time
	lease      *v1.Lease
	candidates []*v1beta1.LeaseCandidate
	pinged     []string
}

type fixedClock struct {
	clock.Clock
	*store
}

func (c fixedClock) Now() time.Time { return c.now }

type informer struct{ cache.SharedIndexInformer }

func (informer) AddEventHandler(cache.ResourceEventHandler) (cache.ResourceEventHandlerRegistration, error) {
	return nil, nil
}

type leaseInformer struct{ *store }

func (leaseInformer) Informer() cache.SharedIndexInformer { return informer{} }
func (i leaseInformer) Lister() listersv1.LeaseLister     { return leaseLister{store: i.store} }

var _ informersv1.LeaseInformer = leaseInformer{}

type leaseLister struct {
	listersv1.LeaseLister
	*store
}

func (l leaseLister) Leases(string) listersv1.LeaseNamespaceLister {
	return leaseNamespaceLister{store: l.store}
}

type leaseNamespaceLister struct {
	listersv1.LeaseNamespaceLister
	*store
}

func (l leaseNamespaceLister) Get(name string) (*v1.Lease, error) { return l.store.get(name) }

func (s *store) get(name string) (*v1.Lease, error) {
	if s.lease == nil {
		return nil, apierrors.NewNotFound(leaseResource, name)
	}
	return s.lease, nil
}

type candidateInformer struct{ *store }

func (candidateInformer) Informer() cache.SharedIndexInformer { return informer{} }
func (i candidateInformer) Lister() listersv1beta1.LeaseCandidateLister {
	return candidateLister{store: i.store}
}

var _ informersv1beta1.LeaseCandidateInformer = candidateInformer{}

type candidateLister struct {
	listersv1beta1.LeaseCandidateLister
	*store
}

func (l candidateLister) LeaseCandidates(string) listersv1beta1.LeaseCandidateNamespaceLister {
	return candidateNamespaceLister{store: l.store}
}

type candidateNamespaceLister struct {
	listersv1beta1.LeaseCandidateNamespaceLister
	*store
}

func (l candidateNamespaceLister) List(labels.Selector) ([]*v1beta1.LeaseCandidate, error) {
	return l.candidates, nil
}

type leaseGetter struct {
	clientv1.CoordinationV1Interface
	*store
}

func (g leaseGetter) Leases(string) clientv1.LeaseInterface { return leaseClient{store: g.store} }

type leaseClient struct {
	clientv1.LeaseInterface
	*store
}

func (c leaseClient) Get(_ context.Context, name string, _ metav1.GetOptions) (*v1.Lease, error) {
	return c.store.get(name)
}

func (c leaseClient) Create(_ context.Context, lease *v1.Lease, _ metav1.CreateOptions) (*v1.Lease, error) {
	if c.lease != nil {
		return nil, apierrors.NewAlreadyExists(leaseResource, lease.Name)
	}
	c.lease = lease
	return lease, nil
}

func (c leaseClient) Update(_ context.Context, lease *v1.Lease, _ metav1.UpdateOptions) (*v1.Lease, error) {
	c.lease = lease
	return lease, nil
}

type candidateGetter struct {
	clientv1beta1.CoordinationV1beta1Interface
	*store
}

func (g candidateGetter) LeaseCandidates(string) clientv1beta1.LeaseCandidateInterface {
	return candidateClient{store: g.store}
}

type candidateClient struct {
	clientv1beta1.LeaseCandidateInterface
	*store
}

func (c candidateClient) Update(_ context.Context, candidate *v1beta1.LeaseCandidate, _ metav1.UpdateOptions) (*v1beta1.LeaseCandidate, error) {
	c.Lock()
	defer c.Unlock()
	if candidate.Spec.PingTime == nil || !candidate.Spec.PingTime.Time.Equal(c.now) {
		panic("a ping with another time than now")
	}
	c.pinged = append(c.pinged, candidate.Name)
	return candidate, nil
}

func newController(s *store) *leaderelection.Controller {
	controller, err := leaderelection.NewController(leaseInformer{s}, candidateInformer{s}, leaseGetter{store: s}, candidateGetter{store: s})
	if err != nil {
		panic(err)
	}
	field := reflect.ValueOf(controller).Elem().FieldByName("clock")
	*(*clock.Clock)(unsafe.Pointer(field.UnsafeAddr())) = fixedClock{store: s}
	return controller
}

func (s *store) step(controller *leaderelection.Controller, q *question, order []int) outcome {
	s.now, s.pinged, s.candidates = q.Now.Time, []string{}, nil
	if s.lease = nil; q.Lease != nil {
		s.lease = q.Lease.DeepCopy()
	}
	for _, index := range order {
		s.candidates = append(s.candidates, q.Candidates[index].DeepCopy())
	}
	began := time.Now().Add(-time.Second)
	requeue, err := reconcileElectionStep(controller, context.Background(), leaseKey)
	sort.Strings(s.pinged)
	result := outcome{Pinged: s.pinged, Requeue: requeue.Seconds(), Failed: err != nil}
	if s.lease != nil {
		result.Lease = s.lease.Spec.DeepCopy()
		// An update takes the time of day, not of the controller's clock.
		if renewed := result.Lease.RenewTime; renewed != nil && renewed.After(began) && renewed.Before(&metav1.MicroTime{Time: time.Now().Add(time.Second)}) {
			result.Lease.RenewTime = &q.Now
		}
	}
	return result
}

func main() {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	s := &store{}
	controller := newController(s)
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<24)
	output := bufio.NewWriterSize(os.Stdout, 1<<16)
	encoder := json.NewEncoder(output)
	for input.Scan() {
		q := &question{}
		if err := json.Unmarshal(input.Bytes(), q); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		outcomes := []outcome{}
		for _, order := range q.Orders {
			outcomes = append(outcomes, s.step(controller, q, order))
		}
		if err := encoder.Encode(outcomes); err != nil {
			os.Exit(2)
		}
	}
	if err := output.Flush(); err != nil || input.Err() != nil {
		os.Exit(2)
	}
}
