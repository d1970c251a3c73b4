package main

import (
	"errors"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

// etcd keeps the cluster's objects, as a single member, until it is asked to end.
func etcd(dir, clientURL string) error {
	client, err := url.Parse(clientURL)
	if err != nil {
		return err
	}
	config := embed.NewConfig()
	config.Dir = dir
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	config.ListenPeerUrls = []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	config.UnsafeNoFsync = true // a test cluster's data may be lost
	config.LogLevel = "error"
	// Elections are for clusters of several members; a single one only waits for the first to time out.
	config.TickMs, config.ElectionMs = 10, 100
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	server, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	defer server.Close()
	select {
	case <-server.Server.ReadyNotify():
	case <-time.After(time.Minute):
		return errors.New("etcd is not ready after a minute")
	}
	select {
	case <-stop:
		return nil
	case err := <-server.Err():
		return err
	}
}
