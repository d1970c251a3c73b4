package main

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
)

// nameServer answers for the names of services and asks nobody else: any other name does not exist here.
type nameServer struct {
	services corelisters.ServiceLister
	slices   discoverylisters.EndpointSliceLister
}

// lookup returns a name's addresses, or the name that it stands for. It knows SERVICE.NAMESPACE.svc.cluster.local
// and, of a headless service, HOSTNAME in front of it.
func (s *nameServer) lookup(name string) (addresses []netip.Addr, alias string, exists bool) {
	rest, isService := strings.CutSuffix(name, ".svc."+clusterDomain+".")
	parts := strings.Split(rest, ".")
	if !isService || len(parts) < 2 || len(parts) > 3 {
		return nil, "", false
	}
	hostname, serviceName, namespace := "", parts[len(parts)-2], parts[len(parts)-1]
	if len(parts) == 3 {
		hostname = parts[0]
	}
	service, err := s.services.Services(namespace).Get(serviceName)
	if err != nil {
		return nil, "", false
	}
	headless := service.Spec.ClusterIP == corev1.ClusterIPNone
	if hostname != "" && !headless {
		return nil, "", false
	}
	if service.Spec.Type == corev1.ServiceTypeExternalName {
		return nil, service.Spec.ExternalName, true
	}
	if !headless {
		for _, ip := range service.Spec.ClusterIPs {
			if address, err := netip.ParseAddr(ip); err == nil {
				addresses = append(addresses, address)
			}
		}
		return addresses, "", true
	}
	slices, err := s.slices.EndpointSlices(namespace).List(labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: serviceName}))
	if err != nil {
		return nil, "", false
	}
	for _, slice := range slices {
		for _, endpoint := range slice.Endpoints {
			ready := endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready || service.Spec.PublishNotReadyAddresses
			named := hostname == "" || endpoint.Hostname != nil && *endpoint.Hostname == hostname
			for _, ip := range endpoint.Addresses {
				if address, err := netip.ParseAddr(ip); err == nil && ready && named {
					addresses = append(addresses, address)
				}
			}
		}
	}
	return addresses, "", hostname == "" || len(addresses) > 0
}
