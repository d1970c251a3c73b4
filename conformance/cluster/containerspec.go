package main

import (
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// containerSpec is all that the container's first process has to know.
type containerSpec struct {
	ClusterDir string
	Root       string // an empty folder
	Hostname   string
	ResolvConf string
	Mounts     []mount
	ReadOnly   bool // the root file system
	Argv, Env  []string
	WorkingDir string
	User       int
	Groups     []int // the first is the primary one
}

type mount struct {
	Source, Target string
	ReadOnly       bool
}

// newContainerSpec says what the kubelet and the image want of a container: where they disagree, the kubelet wins.
// ClusterDir and Root are the caller's to say.
func newContainerSpec(s *sandbox, config *cri.ContainerConfig, img image) (containerSpec, error) {
	security := config.GetLinux().GetSecurityContext()
	spec := containerSpec{
		Hostname: s.config.Hostname, ResolvConf: resolvConf(s.config.DnsConfig), ReadOnly: security.GetReadonlyRootfs(),
		WorkingDir: firstOf(config.WorkingDir, img.WorkingDir, "/"), User: int(img.User), Groups: []int{0},
	}
	if s.network == nil {
		spec.Hostname = nodeName
	}
	if user := security.GetRunAsUser(); user != nil {
		spec.User = int(user.Value)
	}
	if group := security.GetRunAsGroup(); group != nil {
		spec.Groups[0] = int(group.Value)
	}
	for _, group := range security.GetSupplementalGroups() {
		spec.Groups = append(spec.Groups, int(group))
	}

	command := config.Command
	if len(command) == 0 {
		command = img.Entrypoint
	}
	spec.Argv = slices.Concat(command, config.Args)
	if len(spec.Argv) == 0 {
		return spec, fmt.Errorf("image %s has no entry point, and the container no command", config.Image.Image)
	}

	spec.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/root", "HOSTNAME=" + spec.Hostname}
	for name, value := range img.Env {
		spec.Env = append(spec.Env, name+"="+value)
	}
	for _, variable := range config.Envs {
		spec.Env = append(spec.Env, variable.Key+"="+string(variable.Value))
	}

	for target, source := range img.Files {
		spec.Mounts = append(spec.Mounts, mount{Source: source, Target: target, ReadOnly: true})
	}
	for _, m := range config.Mounts {
		spec.Mounts = append(spec.Mounts, mount{Source: m.HostPath, Target: m.ContainerPath, ReadOnly: m.Readonly})
	}
	// A mount below another one comes after it.
	sort.SliceStable(spec.Mounts, func(i, j int) bool { return spec.Mounts[i].Target < spec.Mounts[j].Target })
	return spec, nil
}

// resolvConf is the file of resolv.conf(5) that says what the kubelet does.
func resolvConf(config *cri.DNSConfig) string {
	var b strings.Builder
	for _, server := range config.GetServers() {
		fmt.Fprintln(&b, "nameserver", server)
	}
	if searches := config.GetSearches(); len(searches) > 0 {
		fmt.Fprintln(&b, "search", strings.Join(searches, " "))
	}
	if options := config.GetOptions(); len(options) > 0 {
		fmt.Fprintln(&b, "options", strings.Join(options, " "))
	}
	return b.String()
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
