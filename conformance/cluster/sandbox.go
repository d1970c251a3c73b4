package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// sandbox is what the containers of a pod share, which here is the network.
type sandbox struct {
	cri.PodSandbox
	config  *cri.PodSandboxConfig
	network *podNetwork // nil: the node's
}

func (r *containerRuntime) sandbox(id string) (*sandbox, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.sandboxes[id]; s != nil {
		return s, nil
	}
	return nil, status.Errorf(codes.NotFound, "no sandbox %s", id)
}

func (r *containerRuntime) RunPodSandbox(_ context.Context, config *cri.PodSandboxConfig, _ string) (string, error) {
	r.mu.Lock()
	s := &sandbox{config: config}
	s.Id = r.newID("sandbox")
	number := r.lastID
	r.mu.Unlock()
	s.Metadata, s.Labels, s.Annotations = config.Metadata, config.Labels, config.Annotations
	s.CreatedAt = time.Now().UnixNano()
	if err := os.MkdirAll(config.LogDirectory, 0o755); err != nil {
		return "", err
	}
	if config.GetLinux().GetSecurityContext().GetNamespaceOptions().GetNetwork() != cri.NamespaceMode_NODE {
		var err error
		if s.network, err = newPodNetwork(number, config.GetLinux().GetSysctls()); err != nil {
			return "", fmt.Errorf("pod network: %w", err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sandboxes[s.Id] = s
	return s.Id, nil
}

// StopPodSandbox ends what runs in the sandbox and takes its network away. CRI lets it be called again, and for a
// sandbox that is gone.
func (r *containerRuntime) StopPodSandbox(ctx context.Context, id string) error {
	s, err := r.sandbox(id)
	if err != nil {
		return nil
	}
	for _, c := range r.containersOf(id) {
		if err := r.stop(ctx, c, 0); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.State != cri.PodSandboxState_SANDBOX_READY {
		return nil
	}
	s.State = cri.PodSandboxState_SANDBOX_NOTREADY
	return s.network.close()
}

func (r *containerRuntime) RemovePodSandbox(ctx context.Context, id string) error {
	if err := r.StopPodSandbox(ctx, id); err != nil {
		return err
	}
	var failed []error
	for _, c := range r.containersOf(id) {
		failed = append(failed, r.remove(c))
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sandboxes, id)
	return nil
}

func (r *containerRuntime) PodSandboxStatus(_ context.Context, id string, _ bool) (*cri.PodSandboxStatusResponse, error) {
	s, err := r.sandbox(id)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return &cri.PodSandboxStatusResponse{Status: &cri.PodSandboxStatus{
		Id: s.Id, Metadata: s.Metadata, State: s.State, CreatedAt: s.CreatedAt, Labels: s.Labels, Annotations: s.Annotations,
		Network: &cri.PodSandboxNetworkStatus{Ip: s.network.address()},
		Linux:   &cri.LinuxPodSandboxStatus{Namespaces: &cri.Namespace{Options: s.config.GetLinux().GetSecurityContext().GetNamespaceOptions()}},
	}}, nil
}

// ListPodSandbox lists the newest first, which is the order in which the kubelet reads them.
func (r *containerRuntime) ListPodSandbox(_ context.Context, filter *cri.PodSandboxFilter) ([]*cri.PodSandbox, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []*cri.PodSandbox
	for _, s := range r.sandboxes {
		if s.matches(filter) {
			found = append(found, &cri.PodSandbox{Id: s.Id, Metadata: s.Metadata, State: s.State, CreatedAt: s.CreatedAt, Labels: s.Labels, Annotations: s.Annotations})
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].CreatedAt > found[j].CreatedAt })
	return found, nil
}

func (s *sandbox) matches(filter *cri.PodSandboxFilter) bool {
	return (filter.GetId() == "" || filter.GetId() == s.Id) &&
		(filter.GetState() == nil || filter.GetState().State == s.State) &&
		hasLabels(s.Labels, filter.GetLabelSelector())
}
