package main

import (
	"context"
	"time"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// imageService is the other half of CRI. An image is "pulled" when images.json knows it.
type imageService struct{ images map[string]image }

func (s imageService) ImageStatus(_ context.Context, spec *cri.ImageSpec, _ bool) (*cri.ImageStatusResponse, error) {
	found, err := find(s.images, spec.Image)
	if err != nil {
		return &cri.ImageStatusResponse{}, nil // CRI's way of saying that it is not here yet
	}
	return &cri.ImageStatusResponse{Image: &cri.Image{Id: spec.Image, RepoTags: []string{spec.Image}, Size: 1, Uid: &cri.Int64Value{Value: found.User}, Spec: spec}}, nil
}

func (s imageService) PullImage(_ context.Context, spec *cri.ImageSpec, _ *cri.AuthConfig, _ *cri.PodSandboxConfig) (string, error) {
	_, err := find(s.images, spec.Image)
	return spec.Image, err
}

func (s imageService) ListImages(context.Context, *cri.ImageFilter) ([]*cri.Image, error) {
	return nil, nil
}

func (s imageService) RemoveImage(context.Context, *cri.ImageSpec) error { return nil }

// ImageFsInfo reports a disk that nothing is on, so that the kubelet never clears it.
func (s imageService) ImageFsInfo(context.Context) (*cri.ImageFsInfoResponse, error) {
	usage := []*cri.FilesystemUsage{{Timestamp: time.Now().UnixNano(), FsId: &cri.FilesystemIdentifier{Mountpoint: "/"}, UsedBytes: &cri.UInt64Value{}, InodesUsed: &cri.UInt64Value{}}}
	return &cri.ImageFsInfoResponse{ImageFilesystems: usage, ContainerFilesystems: usage}, nil
}

func (s imageService) Close(context.Context) error { return nil }
