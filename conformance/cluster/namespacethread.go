package main

import (
	"fmt"
	"runtime"

	"github.com/vishvananda/netns"
)

// The namespace thread is the one that goes to other network namespaces and back. It lives as long as this process,
// because the thread that starts a process counts as its parent: programs that ask for a signal at their parent's death
// (PR_SET_PDEATHSIG), as Envoy does, would get it when the Go runtime is done with the thread.
var namespaceThread = make(chan func())

func serveNamespaceThread() {
	runtime.LockOSThread()
	for f := range namespaceThread {
		f()
	}
}

// onNamespaceThread calls f on the namespace thread.
func onNamespaceThread(f func() error) error {
	result := make(chan error)
	namespaceThread <- func() { result <- f() }
	return <-result
}

// away calls enter, which takes the namespace thread to another network namespace, then f there, and brings the thread
// back. One that cannot come back would make everything that follows in the wrong place: there is no going on.
func away(enter, f func() error) error {
	return onNamespaceThread(func() error {
		own, err := netns.Get()
		if err != nil {
			return err
		}
		defer own.Close()
		if err := enter(); err != nil {
			return err
		}
		defer func() {
			if err := netns.Set(own); err != nil {
				panic(fmt.Sprintf("the way back to the node's network namespace: %v", err))
			}
		}()
		return f()
	})
}
