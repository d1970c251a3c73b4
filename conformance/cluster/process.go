package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// roleCommand is this program in another of its roles.
func roleCommand(role string, args ...string) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return exec.Command(program, append([]string{role}, args...)...), nil
}

// foreground gives a command this process's own input and output.
func foreground(command *exec.Cmd) *exec.Cmd {
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	return command
}

// forwardSignals passes on what asks this process to end, until the function that it returns is called. A process that
// has not ended after the limit (0: none), such as a shell that waits for its own child, is killed.
func forwardSignals(process *os.Process, limit time.Duration) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		var overdue <-chan time.Time
		for {
			var err error
			select {
			case s := <-signals:
				err = send(process, s)
				if limit > 0 && overdue == nil {
					overdue = time.After(limit)
				}
			case <-overdue:
				err = send(process, os.Kill)
			case <-done:
				return
			}
			if err != nil {
				complain(err)
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

// send signals a process; that it has ended already is fine.
func send(process *os.Process, s os.Signal) error {
	if err := process.Signal(s); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// exitStatus is what a shell would say of a command, given what its Wait returned: 128 and the signal that ended it,
// or its own status, which is not 0 when reading its output failed.
func exitStatus(command *exec.Cmd, err error) int {
	if err == nil {
		return 0
	}
	if command.ProcessState == nil {
		return 1
	}
	if status, ok := command.ProcessState.Sys().(syscall.WaitStatus); ok {
		return max(waitStatus(status), 1)
	}
	return 1
}

func waitStatus(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}
