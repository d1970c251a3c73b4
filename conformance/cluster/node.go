package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// setUpNetwork makes this network namespace the cluster's node.
func setUpNetwork() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return err
	}
	own := net.ParseIP(nodeIP)
	if err := netlink.AddrAdd(lo, &netlink.Addr{IPNet: host(own.To4())}); err != nil {
		return err
	}
	routes := []netlink.Route{
		// kube-proxy turns a service's address into a pod's, but only of packets that have a route to begin with.
		{Dst: network(serviceRange), Scope: netlink.SCOPE_LINK},
		// As local addresses, those of load balancers can also be listened on by a gateway that runs outside of pods.
		{Dst: network(loadBalancerRange), Type: unix.RTN_LOCAL, Table: unix.RT_TABLE_LOCAL, Scope: netlink.SCOPE_HOST},
	}
	for _, route := range routes {
		route.LinkIndex, route.Src = lo.Attrs().Index, own
		if err := netlink.RouteAdd(&route); err != nil {
			return fmt.Errorf("route to %s: %w", route.Dst, err)
		}
	}
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644)
}

// network is one of the constant ranges as netlink wants it.
func network(cidr string) *net.IPNet {
	prefix := netip.MustParsePrefix(cidr)
	return &net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen())}
}

// host is the range of one IPv4 address.
func host(ip net.IP) *net.IPNet { return &net.IPNet{IP: ip, Mask: net.CIDRMask(32, 32)} }

// setUpNameResolution lets COMMAND resolve the names of services, and nothing else, as pods do.
func setUpNameResolution(dir string) error {
	path := filepath.Join(dir, "resolv.conf")
	content := fmt.Sprintf("nameserver %s\nsearch default.svc.%[2]s svc.%[2]s %[2]s\noptions ndots:5\n", nodeIP, clusterDomain)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		return err
	}
	target, err := filepath.EvalSymlinks("/etc/resolv.conf")
	if errors.Is(err, fs.ErrNotExist) {
		return nil // without that file the resolver library asks 127.0.0.1, which is no worse
	}
	if err != nil {
		return err
	}
	return unix.Mount(path, target, "", unix.MS_BIND, "")
}
