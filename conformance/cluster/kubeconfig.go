package main

import (
	"encoding/base64"
	"os"
	"path/filepath"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// writeKubeconfig makes the cluster administrator: the token by which the API server knows them (tokens.csv in the pki
// folder) and the kubeconfig that presents it.
func writeKubeconfig(path, pki string) (*rest.Config, error) {
	if err := os.WriteFile(filepath.Join(pki, "tokens.csv"), []byte("admin,admin,admin,system:masters\n"), 0o600); err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(filepath.Join(pki, "ca.crt"))
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, []byte(`apiVersion: v1
kind: Config
current-context: testcluster
clusters: [{name: testcluster, cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: "`+base64.StdEncoding.EncodeToString(ca)+`"}}]
users: [{name: admin, user: {token: admin}}]
contexts: [{name: testcluster, context: {cluster: testcluster, user: admin}}]
`), 0o600); err != nil {
		return nil, err
	}
	return readKubeconfig(path)
}

// readKubeconfig is for the clients of this program, which are many in one.
func readKubeconfig(path string) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 300, 600
	return config, nil
}
