import { expect, test } from 'vitest';
import { importSecret, newImportKey, withImportKey } from '../../../src/installation/import-secret.ts';
import { readyImportKeys } from '../../../src/installation/open-import-keys.ts';
import { IMPORT_DATA, publishImportKey } from '../../../src/installation/publish-import-key.ts';
import type { ConfigMap } from '../../../src/kube/objects/objects.ts';
import { IMPORT_INSTALLATION, IMPORT_MADE_AT, keysOf, storedImport } from '../../support/import-keys.ts';
import { RecordingLogger, type LogLine } from '../../support/recording-logger.ts';
import { scriptedClient } from './scripted-client.ts';

const NAME = 'keywright-import';
const stored = await storedImport();
const former = keysOf(stored);
const rotated = withImportKey(stored, await newImportKey(IMPORT_INSTALLATION, IMPORT_MADE_AT), '2');
const foreign = keysOf(await storedImport());

/** What is logged while this is found published after a rotation. */
async function published({ publicKey, fingerprint }: { readonly publicKey: string; readonly fingerprint: string }) {
  const live: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: NAME },
    data: {
      [IMPORT_DATA.publicKey]: publicKey,
      [IMPORT_DATA.fingerprint]: fingerprint,
      [IMPORT_DATA.installation]: IMPORT_INSTALLATION,
    },
  };
  const { client } = scriptedClient([
    { call: `get ${NAME}`, answer: live },
    { call: `update ${NAME}`, answer: (sent: ConfigMap) => sent },
  ]);
  const logger = new RecordingLogger();
  const ready = readyImportKeys(rotated, importSecret('keywright-system', rotated));
  await publishImportKey(ready, { client, namespace: 'keywright-system', logger });
  return logger.lines.map(({ level, message }): Pick<LogLine, 'level' | 'message'> => ({ level, message }));
}

test('publishImportKey tells of a key of its own that a rotation replaced', async () => {
  expect(await published(former)).toEqual([{ level: 'info', message: 'Published another import key' }]);
});

test.each([
  ['of somebody else', foreign],
  [
    'of somebody else, under the fingerprint of a former one',
    { publicKey: foreign.publicKey, fingerprint: former.fingerprint },
  ],
  [
    'of its own, under the fingerprint of somebody else',
    { publicKey: former.publicKey, fingerprint: foreign.fingerprint },
  ],
])('publishImportKey warns of a key %s', async (_what, key) => {
  expect(await published(key)).toEqual([{ level: 'warn', message: 'Found the published import key different' }]);
});
