import type { ClusterFiles } from './cluster-files.ts';

/** What a control plane without nodes runs of the controller manager: what objects need. */
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

/** @param addressForNodes See ClusterOptions. */
export function apiServerFlags(files: ClusterFiles, port: number, addressForNodes?: string): readonly string[] {
  const address = addressForNodes ?? '127.0.0.1';
  return [
    `--etcd-servers=unix://${files.runFolder}/etcd.sock`,
    `--secure-port=${port}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--cert-dir=${files.certificates}`,
    '--service-cluster-ip-range=10.96.0.0/24',
    '--authorization-mode=RBAC',
    `--token-auth-file=${files.tokenFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    // Where there is no node, no address of the API server is published: no pod could reach it.
    `--endpoint-reconciler-type=${addressForNodes === undefined ? 'none' : 'lease'}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--allow-privileged=true',
    // Ends open watches on SIGTERM; without it they hold up the end for a minute.
    '--shutdown-watch-termination-grace-period=5s',
  ];
}

/** @param addressForNodes See ClusterOptions. */
export function controllerManagerFlags(files: ClusterFiles, addressForNodes?: string): readonly string[] {
  const kubeconfig = files.controllerManagerKubeconfig;
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--controllers=${addressForNodes === undefined ? CONTROLLERS.join(',') : '*'}`,
    '--leader-elect=false',
    '--secure-port=0',
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${files.servingCertificate}`,
  ];
}
