import type { ClusterFiles } from './cluster-files.ts';

/** What the control plane runs of the controller manager: what objects need, nothing that needs nodes. */
const CONTROLLERS = [
  'namespace-controller',
  'garbage-collector-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'validatingadmissionpolicy-status-controller',
  'clusterrole-aggregation-controller',
];

export function etcdFlags(files: ClusterFiles): readonly string[] {
  return [`--data-dir=${files.etcdData}`, `--socket-dir=${files.runFolder}`];
}

export function apiServerFlags(files: ClusterFiles, port: number): readonly string[] {
  return [
    `--etcd-servers=unix://${files.runFolder}/etcd.sock`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--cert-dir=${files.certificates}`,
    '--service-cluster-ip-range=10.96.0.0/24',
    '--authorization-mode=RBAC',
    `--token-auth-file=${files.tokenFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    // No API server address is published: nothing in this cluster could reach it.
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    // Ends open watches on SIGTERM; without it they hold up the end for a minute.
    '--shutdown-watch-termination-grace-period=5s',
  ];
}

export function controllerManagerFlags(files: ClusterFiles): readonly string[] {
  const kubeconfig = files.controllerManagerKubeconfig;
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--controllers=${CONTROLLERS.join(',')}`,
    '--leader-elect=false',
    '--secure-port=0',
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${files.servingCertificate}`,
  ];
}
