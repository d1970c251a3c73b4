package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"google.golang.org/grpc/status"
	utilexec "k8s.io/utils/exec"
)

// ExecSync runs a command in a container and returns what it prints: this is how probes and hooks ask.
func (r *containerRuntime) ExecSync(ctx context.Context, id string, command []string, timeout time.Duration) (stdout, stderr []byte, err error) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	process, err := r.commandIn(ctx, id, command)
	if err != nil {
		return nil, nil, err
	}
	var out, errs bytes.Buffer
	process.Stdout, process.Stderr = &out, &errs
	err = process.Run()
	if ended := ctx.Err(); ended != nil {
		return nil, nil, status.Errorf(status.FromContextError(ended).Code(), "command %q: %v", command, ended)
	}
	return out.Bytes(), errs.Bytes(), execError(process, err)
}

// commandIn is a command that joins a running container. It is killed when the context ends.
func (r *containerRuntime) commandIn(ctx context.Context, id string, command []string) (*exec.Cmd, error) {
	c, err := r.container(id)
	if err != nil {
		return nil, err
	}
	first := r.processOf(c)
	if first == nil {
		return nil, fmt.Errorf("container %s is not running", id)
	}
	args := []string{
		"--target", strconv.Itoa(first.Pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd",
		"--setuid", strconv.Itoa(c.spec.User), "--setgid", strconv.Itoa(c.spec.Groups[0]), "--",
	}
	process := exec.CommandContext(ctx, "nsenter", append(args, command...)...)
	process.Env = c.spec.Env
	process.WaitDelay = time.Second
	return process, nil
}

// execError is the error by which callers learn the exit status of a command that ran.
func execError(process *exec.Cmd, err error) error {
	if _, ran := errors.AsType[*exec.ExitError](err); ran {
		return utilexec.CodeExitError{Err: err, Code: exitStatus(process, err)}
	}
	return err
}
