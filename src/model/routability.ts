/** An address of the cluster: what Kubernetes calls a ClusterIP (GEP-5093). */
export const ofCluster = 'Cluster';

/**
 * Routabilities that promise nothing: the empty one, and one that is there so that the conformance suite can see that
 * routability is reported at all.
 */
export const unpromised: readonly string[] = ['', 'testing.x-k8s.io/sentinel'];
