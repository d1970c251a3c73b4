package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

// Streams come in two steps: the kubelet asks for the URL of a stream, on this process's stream server, and clients'
// connections are then led there.

func (r *containerRuntime) Exec(_ context.Context, request *cri.ExecRequest) (*cri.ExecResponse, error) {
	return r.streams.GetExec(request)
}

func (r *containerRuntime) PortForward(_ context.Context, request *cri.PortForwardRequest) (*cri.PortForwardResponse, error) {
	return r.streams.GetPortForward(request)
}

var errNoAttach = errors.New("attach is not supported")

func (r *containerRuntime) Attach(context.Context, *cri.AttachRequest) (*cri.AttachResponse, error) {
	return nil, errNoAttach
}

// streamRuntime is the runtime as the stream server wants it, whose methods have the names of CRI's.
type streamRuntime struct{ *containerRuntime }

func (r streamRuntime) Exec(ctx context.Context, id string, command []string, in io.Reader, out, errs io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	process, err := r.commandIn(ctx, id, command)
	if err != nil {
		return err
	}
	process.Stdout, process.Stderr = out, errs
	if in != nil {
		// Not process.Stdin, for Wait would then wait for the end of a stream that the client may keep open.
		stdin, err := process.StdinPipe()
		if err != nil {
			return err
		}
		// Ends with the stream, which the server closes after this call. A command need not read all that it is sent,
		// so that an error is none.
		go func() {
			_, _ = io.Copy(stdin, in)
			_ = stdin.Close()
		}()
	}
	return execError(process, process.Run())
}

func (r streamRuntime) Attach(context.Context, string, io.Reader, io.WriteCloser, io.WriteCloser, bool, <-chan remotecommand.TerminalSize) error {
	return errNoAttach
}

// PortForward joins the stream to a port of the pod, until the pod has said all that it has to say: a client may end
// its own side first, and wait for the answer.
func (r streamRuntime) PortForward(ctx context.Context, sandboxID string, port int32, stream io.ReadWriteCloser) error {
	s, err := r.sandbox(sandboxID)
	if err != nil {
		return err
	}
	var connection *net.TCPConn
	if err := s.network.do(func() error {
		var dialer net.Dialer
		dialed, err := dialer.DialContext(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return err
		}
		connection = dialed.(*net.TCPConn)
		return nil
	}); err != nil {
		return err
	}
	defer connection.Close()
	defer context.AfterFunc(ctx, func() { connection.Close() })()
	// Ends with the stream, which the server closes after this call.
	go func() {
		if _, err := io.Copy(connection, stream); err != nil {
			connection.Close()
			return
		}
		_ = connection.CloseWrite() // fails when the pod was faster, which is no error
	}()
	_, err = io.Copy(stream, connection)
	if errors.Is(err, net.ErrClosed) {
		return nil // the client has gone
	}
	return err
}
