import type { Manifest } from '../support/harness/apply-manifests.ts';
import { OPERATOR_IMAGE } from './operator-image.ts';

/** Writes the ids of the current and the superseded token, "-" for none, whenever what is mounted changes. No token. */
const PROGRAM = `
  const read = (name) => { try { return fs.readFileSync('/key/' + name, 'utf8'); } catch { return '-'; } };
  let last;
  setInterval(() => {
    const now = read('key-id') + ' ' + read('previous.key-id');
    if (now !== last) console.log(last = now);
  }, 20);
  process.on('SIGTERM', () => process.exit());`;

/** A pod that reads a Secret from a volume, in the one image that a node without registry has. */
export function consumerPod(namespace: string, name: string, secretName: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name },
    spec: {
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'consumer',
          image: OPERATOR_IMAGE,
          imagePullPolicy: 'Never',
          command: ['/nodejs/bin/node', '--eval', PROGRAM],
          volumeMounts: [{ name: 'key', mountPath: '/key', readOnly: true }],
        },
      ],
      volumes: [{ name: 'key', secret: { secretName } }],
    },
  };
}
