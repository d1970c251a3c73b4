package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	securejoin "github.com/cyphar/filepath-securejoin"
	"golang.org/x/sys/unix"
)

// makeRoot mounts the container's file system, in the mount namespace of this process, and returns where.
func makeRoot(spec containerSpec) (string, error) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return "", err
	}
	others, err := otherFileSystems(spec.ClusterDir)
	if err != nil {
		return "", err
	}
	// The changes are kept in memory, for an overlay does not take a layer that is itself on an overlay, as the root
	// of a CI job's container is.
	if err := unix.Mount("tmpfs", spec.Root, "tmpfs", 0, "mode=755"); err != nil {
		return "", err
	}
	root := filepath.Join(spec.Root, "root")
	upper, work := filepath.Join(spec.Root, "upper"), filepath.Join(spec.Root, "work")
	for _, folder := range []string{root, upper, work} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return "", err
		}
	}
	if err := unix.Mount("overlay", root, "overlay", 0, fmt.Sprintf("lowerdir=/,upperdir=%s,workdir=%s", upper, work)); err != nil {
		return "", fmt.Errorf("overlay on /: %w", err)
	}
	if err := makeSystemFolders(root); err != nil {
		return "", err
	}
	for _, m := range append(others, spec.Mounts...) {
		if err := bind(root, m); err != nil {
			return "", fmt.Errorf("mount %s at %s: %w", m.Source, m.Target, err)
		}
	}
	for name, content := range map[string]string{"etc/resolv.conf": spec.ResolvConf, "etc/hostname": spec.Hostname + "\n"} {
		path := filepath.Join(root, name)
		// It may be a link to somewhere else.
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return "", err
		}
	}
	if spec.ReadOnly {
		if err := unix.Mount("", root, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
			return "", err
		}
	}
	return root, nil
}

// otherFileSystems lists what is mounted below / and may hold programs, such as a work folder on a disk of its own:
// the overlay does not show it. The files of /etc that a container has of its own are mounts where this machine is
// itself a container: what is written to them there must not get to the machine.
func otherFileSystems(clusterDir string) ([]mount, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var mounts []mount
	for line := range strings.Lines(string(data)) {
		path := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`).Replace(strings.Fields(line)[4])
		system := path == "/"
		for _, folder := range []string{"/proc", "/sys", "/dev", "/run", "/var/log", "/etc/resolv.conf", "/etc/hostname", "/etc/hosts", clusterDir} {
			system = system || path == folder || strings.HasPrefix(path, folder+"/")
		}
		if _, err := os.Stat(path); !system && err == nil {
			mounts = append(mounts, mount{Source: path, Target: path})
		}
	}
	return mounts, nil
}

// makeSystemFolders mounts what the kernel provides, and the devices that every program may expect.
func makeSystemFolders(root string) error {
	in := func(path string) string { return filepath.Join(root, path) }
	for _, m := range []struct {
		kind, path, options string
		flags               uintptr
	}{
		{"proc", "proc", "", 0},
		{"sysfs", "sys", "", unix.MS_RDONLY},
		{"tmpfs", "dev", "mode=755", 0},
		{"tmpfs", "run", "mode=755", 0},
	} {
		if err := unix.Mount(m.kind, in(m.path), m.kind, m.flags, m.options); err != nil {
			return fmt.Errorf("mount /%s: %w", m.path, err)
		}
	}
	for _, folder := range []string{"dev/pts", "dev/shm"} {
		if err := os.Mkdir(in(folder), 0o1777); err != nil {
			return err
		}
	}
	if err := unix.Mount("devpts", in("dev/pts"), "devpts", 0, "newinstance,ptmxmode=0666,mode=0620"); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", in("dev/shm"), "tmpfs", 0, "mode=1777"); err != nil {
		return err
	}
	for _, device := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		if err := bind(root, mount{Source: "/dev/" + device, Target: "/dev/" + device}); err != nil {
			return err
		}
	}
	for name, target := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx",
	} {
		if err := os.Symlink(target, in("dev/"+name)); err != nil {
			return err
		}
	}
	return nil
}

// bind shows a file or folder of this machine in the container.
func bind(root string, m mount) error {
	// Links on the way are the container's: /var/run must not lead out of its root.
	target, err := securejoin.SecureJoin(root, m.Target)
	if err != nil {
		return err
	}
	info, err := os.Stat(m.Source)
	if err != nil {
		return err
	}
	if _, err := os.Stat(target); err != nil {
		folder := target
		if !info.IsDir() {
			folder = filepath.Dir(target)
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if !info.IsDir() {
			if err := os.WriteFile(target, nil, 0o644); err != nil {
				return err
			}
		}
	}
	if err := unix.Mount(m.Source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	if m.ReadOnly {
		return unix.Mount("", target, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
	}
	return nil
}
