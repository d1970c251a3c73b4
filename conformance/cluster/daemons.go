package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// startDaemon starts one of the cluster's programs, whose output goes to NAME.log in the folder. It runs for as long as
// the cluster does; when it ends before the context, people are told.
func startDaemon(ctx context.Context, dir, name string, args ...string) error {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own descriptor
	process, err := roleCommand(name, args...)
	if err != nil {
		return err
	}
	process.Stdout, process.Stderr = log, log
	// Out of the terminal's process group: an interrupt is for COMMAND, which still needs the cluster. Its own
	// mount namespace keeps what a kubelet mounts to itself.
	process.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Cloneflags: syscall.CLONE_NEWNS}
	if err := process.Start(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	go func() {
		err := process.Wait()
		if ctx.Err() == nil {
			complain(fmt.Sprintf("%s ended: %v; see %s", name, err, log.Name()))
		}
	}()
	return nil
}

const storeURL = "http://127.0.0.1:2379"

// startStore starts what keeps and serves objects.
func startStore(ctx context.Context, o runOptions) error {
	if err := startDaemon(ctx, o.dir, "etcd", filepath.Join(o.dir, "etcd"), storeURL); err != nil {
		return err
	}
	audit, err := auditFlags(o)
	if err != nil {
		return err
	}
	return startDaemon(ctx, o.dir, "kube-apiserver", append(audit, apiServerFlags(filepath.Join(o.dir, "pki"))...)...)
}

// startNode starts what acts on objects: controllers, kube-proxy and the kubelet of the one node.
func startNode(ctx context.Context, o runOptions, kubeconfig string) error {
	pki := filepath.Join(o.dir, "pki")
	return errors.Join(
		startDaemon(ctx, o.dir, "kube-controller-manager", "--kubeconfig="+kubeconfig, "--leader-elect=false", "--secure-port=0",
			"--kube-api-qps=300", "--kube-api-burst=600", "--controllers="+strings.Join(controllers, ","),
			// The one node is never lost: that its kubelet says nothing means that the API server was stopped for a while.
			"--node-monitor-grace-period=1h",
			"--service-account-private-key-file="+filepath.Join(pki, "tokens.key"), "--root-ca-file="+filepath.Join(pki, "ca.crt")),
		startDaemon(ctx, o.dir, "kube-proxy", "--kubeconfig="+kubeconfig, "--hostname-override="+nodeName, "--proxy-mode=nftables", "--cluster-cidr="+podRange,
			// The connection tracking limits belong to the machine, not to this cluster's network namespace.
			"--conntrack-max-per-core=0", "--conntrack-min=0", "--conntrack-tcp-timeout-established=0", "--conntrack-tcp-timeout-close-wait=0",
			"--iptables-min-sync-period=100ms", "--healthz-bind-address=127.0.0.1:10256", "--metrics-bind-address=127.0.0.1:10249"),
		startDaemon(ctx, o.dir, "kubelet", o.dir, o.images),
	)
}

func apiServerFlags(pki string) []string {
	return []string{
		"--etcd-servers=" + storeURL, "--bind-address=0.0.0.0", "--secure-port=6443", "--advertise-address=" + nodeIP,
		"--tls-cert-file=" + filepath.Join(pki, "apiserver.crt"), "--tls-private-key-file=" + filepath.Join(pki, "apiserver.key"),
		"--kubelet-preferred-address-types=InternalIP", "--service-cluster-ip-range=" + serviceRange, "--allow-privileged", "--authorization-mode=RBAC",
		// Off by default before Kubernetes 1.37; CA references of the Gateway API may name these objects (GEP-5075).
		"--feature-gates=ClusterTrustBundle=true", "--runtime-config=certificates.k8s.io/v1beta1/clustertrustbundles=true",
		"--token-auth-file=" + filepath.Join(pki, "tokens.csv"),
		"--service-account-issuer=https://kubernetes.default.svc." + clusterDomain,
		"--service-account-key-file=" + filepath.Join(pki, "tokens.key"), "--service-account-signing-key-file=" + filepath.Join(pki, "tokens.key"),
		// Clients of a test cluster come in bursts, and no tenant needs protection from another.
		"--enable-priority-and-fairness=false",
	}
}

// controllers are those that a cluster of one node without storage or cloud has a use for.
var controllers = []string{
	"clusterrole-aggregation-controller", "cronjob-controller", "daemonset-controller", "deployment-controller", "disruption-controller",
	"endpoints-controller", "endpointslice-controller", "endpointslice-mirroring-controller", "garbage-collector-controller",
	"job-controller", "namespace-controller", "node-lifecycle-controller", "pod-garbage-collector-controller", "replicaset-controller",
	"root-ca-certificate-publisher-controller", "serviceaccount-controller", "statefulset-controller", "ttl-after-finished-controller",
}

// auditFlags has requests of service accounts recorded, without their content.
func auditFlags(o runOptions) ([]string, error) {
	if !o.audit {
		return nil, nil
	}
	policy := filepath.Join(o.dir, "audit-policy.yaml")
	if err := os.WriteFile(policy, []byte(`apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata, userGroups: ["system:serviceaccounts"]}, {level: None}]
`), 0o644); err != nil {
		return nil, err
	}
	log := filepath.Join(o.dir, "audit.log")
	// Of an earlier run: the API server would add to it.
	if err := os.Remove(log); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return []string{"--audit-policy-file=" + policy, "--audit-log-path=" + log, "--audit-log-maxsize=4096"}, nil
}
