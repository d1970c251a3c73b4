package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// run starts the rest of the program in namespaces of its own, and returns COMMAND's exit status. When their first
// process ends, however it ends, the kernel kills every other process in them, and with the last one the mounts,
// interfaces and nftables rules go.
func run(args []string) (int, error) {
	o, err := parseOptions(args)
	if err != nil {
		return 0, err
	}
	if os.Geteuid() != 0 {
		return 0, errors.New("must run as root: it makes namespaces and mounts")
	}
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "testcluster-"); err != nil {
			return 0, err
		}
		defer func() {
			// COMMAND has had its say: its exit status stands.
			if err := os.RemoveAll(o.dir); err != nil {
				complain(err)
			}
		}()
	}
	if o.dir, err = filepath.Abs(o.dir); err != nil {
		return 0, err
	}
	if err := emptyDir(o.dir); err != nil {
		return 0, err
	}
	child, err := roleCommand("init", o.args()...)
	if err != nil {
		return 0, err
	}
	foreground(child).SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	runtime.LockOSThread() // Pdeathsig is about the thread that starts the child
	if err := child.Start(); err != nil {
		return 0, err
	}
	defer forwardSignals(child.Process, 0)()
	// For `nsenter -t PID -n -m -p`, to look around from another shell.
	if err := os.WriteFile(filepath.Join(o.dir, "pid"), fmt.Appendln(nil, child.Process.Pid), 0o644); err != nil {
		return 0, err
	}
	return exitStatus(child, child.Wait()), nil
}

// emptyDir makes the cluster's folder, or removes from it what an earlier run left: each starts with an empty cluster.
func emptyDir(dir string) error {
	for _, leftover := range []string{"containers", "etcd", "kubelet", "logs", "pki"} {
		if err := os.RemoveAll(filepath.Join(dir, leftover)); err != nil {
			return err
		}
	}
	return os.MkdirAll(dir, 0o755)
}

// initProcess is process 1 of the new PID namespace. Its one duty there is to wait for processes that nobody else
// waits for, which is why the cluster is a process of its own: the two ways of waiting do not mix.
func initProcess(args []string) (int, error) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return 0, fmt.Errorf("private mounts: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return 0, fmt.Errorf("mount /proc: %w", err)
	}
	child, err := roleCommand("cluster", args...)
	if err != nil {
		return 0, err
	}
	if err := foreground(child).Start(); err != nil {
		return 0, err
	}
	defer forwardSignals(child.Process, 0)()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 0, fmt.Errorf("wait: %w", err)
		case pid == child.Process.Pid && (status.Exited() || status.Signaled()):
			return waitStatus(status), nil
		}
	}
}
