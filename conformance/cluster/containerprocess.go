package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"
)

// containerProcess turns itself into the container's first process. It was started in the container's namespaces;
// what is left to do is the file system: this machine's own, with a layer on top that takes the container's changes
// and is gone, as are all the mounts, when the container's last process ends.
func containerProcess(specFile string) error {
	data, err := os.ReadFile(specFile)
	if err != nil {
		return err
	}
	var spec containerSpec
	if err := json.Unmarshal(data, &spec); err != nil {
		return err
	}
	root, err := makeRoot(spec)
	if err != nil {
		return err
	}
	if err := unix.Sethostname([]byte(spec.Hostname)); err != nil {
		return err
	}
	if err := enterRoot(root); err != nil {
		return err
	}
	// As container runtimes do. Where it cannot be made, it cannot be entered.
	if err := errors.Join(os.MkdirAll(spec.WorkingDir, 0o755), unix.Chdir(spec.WorkingDir)); err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	if err := becomeUser(spec.User, spec.Groups); err != nil {
		return err
	}
	os.Clearenv()
	for _, variable := range spec.Env {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("environment variable %q: %w", name, err)
		}
	}
	path, err := exec.LookPath(spec.Argv[0])
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %w", path, unix.Exec(path, spec.Argv, os.Environ()))
}

func enterRoot(root string) error {
	if err := unix.Chdir(root); err != nil {
		return err
	}
	// The new root on top of the old one, at the same place, then the old one away: pivot_root(2).
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	return unix.Unmount(".", unix.MNT_DETACH)
}

// becomeUser gives up root's rights, in the order in which they are needed.
func becomeUser(user int, groups []int) error {
	for _, stream := range []int{1, 2} {
		// Programs open /dev/stdout, which is a pipe of root's otherwise.
		if err := unix.Fchown(stream, user, groups[0]); err != nil {
			return err
		}
	}
	if err := unix.Setgroups(groups); err != nil {
		return err
	}
	if err := unix.Setgid(groups[0]); err != nil {
		return err
	}
	return unix.Setuid(user)
}
