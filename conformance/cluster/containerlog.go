package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// containerLog writes what a container prints in the format that the kubelet reads.
type containerLog struct {
	writers []*io.PipeWriter
	readers sync.WaitGroup

	mu     sync.Mutex
	file   *os.File
	failed bool
}

func openContainerLog(path string) (*containerLog, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return &containerLog{file: file}, nil
}

// stream returns the writer for one of the two streams. A line is written when it is complete.
func (l *containerLog) stream(name string) io.Writer {
	reader, writer := io.Pipe()
	l.writers = append(l.writers, writer)
	l.readers.Go(func() {
		lines := bufio.NewReaderSize(reader, 16<<10)
		for {
			line, err := lines.ReadSlice('\n')
			tooLong := errors.Is(err, bufio.ErrBufferFull)
			if len(line) > 0 {
				tag := "F"
				if tooLong {
					tag = "P" // the line goes on
				}
				l.write(name, tag, bytes.TrimSuffix(line, []byte("\n")))
			}
			if err != nil && !tooLong {
				return
			}
		}
	})
	return writer
}

// write never lets a container wait or end for its log, of which lines are lost when the disk is full.
func (l *containerLog) write(stream, tag string, line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := fmt.Fprintf(l.file, "%s %s %s %s\n", time.Now().UTC().Format(time.RFC3339Nano), stream, tag, line)
	if err != nil && !l.failed {
		l.failed = true
		complain(err)
	}
}

// close writes out what is left and closes the file.
func (l *containerLog) close() {
	for _, writer := range l.writers {
		writer.Close() // never fails, says its documentation
	}
	l.readers.Wait()
	if err := l.file.Close(); err != nil {
		complain(err)
	}
}
