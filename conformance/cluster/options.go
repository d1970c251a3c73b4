package main

import (
	"errors"
	"flag"
)

// runOptions are the flags of `testcluster run`, which hands them on to the roles below it.
type runOptions struct {
	dir     string
	images  string
	apply   []string
	audit   bool
	verbose bool
	command []string
}

func parseOptions(args []string) (runOptions, error) {
	var o runOptions
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	flags.StringVar(&o.dir, "dir", "", "`folder` for data, logs and the kubeconfig, kept afterwards (default: a temporary one, removed afterwards)")
	flags.StringVar(&o.images, "images", "", "JSON `file` that says what stands in for each container image; see README.md")
	flags.Func("apply", "manifest `file` or folder to apply before COMMAND starts; may be given again", func(path string) error {
		o.apply = append(o.apply, path)
		return nil
	})
	flags.BoolVar(&o.audit, "audit", false, "record what service accounts ask of the API server in audit.log")
	flags.BoolVar(&o.verbose, "verbose", false, "report each step of the start and its time")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.command = flags.Args()
	if len(o.command) == 0 {
		return o, errors.New("no command: testcluster run [flags] -- COMMAND ARGS...")
	}
	return o, nil
}

// args are the arguments that parse to the same options.
func (o runOptions) args() []string {
	args := []string{"--dir=" + o.dir, "--images=" + o.images}
	for _, path := range o.apply {
		args = append(args, "--apply="+path)
	}
	if o.audit {
		args = append(args, "--audit")
	}
	if o.verbose {
		args = append(args, "--verbose")
	}
	return append(append(args, "--"), o.command...)
}
