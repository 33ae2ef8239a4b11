import { expect, test } from 'vitest';
import { KeyController } from '../../../../src/controllers/key/controller.ts';
import { Contenders } from '../../../../src/controllers/key/wake/contenders.ts';
import type { ForeignSecretWatch } from '../../../../src/controllers/secrets/foreign-secret-watch.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import type { KeyIdentity } from '../../../../src/sealing/ledger.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

test('KeyController throws the first of several failures and logs the others by name', async () => {
  const logger = new RecordingLogger();
  const failures = [new RangeError('hunter2'), new SyntaxError('hunter2')];
  const answers = [{ spec: { project: 'payments' } }];
  // Asked once for the projects the key may belong to, and then by each pass, which fails.
  const get = (): unknown => {
    const answer = answers.shift();
    if (answer === undefined) throw failures.shift() as Error;
    return answer;
  };
  const byIndex = (): unknown => [{ hint: { project: 'billing' } }];
  const caches = { keys: { ApiKey: { lister: { get } } }, records: { lister: { byIndex } } };
  const ports = { caches, logger };
  const controller = new KeyController({
    ports: ports as unknown as KeyPorts,
    contenders: new Contenders(),
    foreign: {} as ForeignSecretWatch,
    onSettled: () => {},
    onGone: () => {},
  });
  const { signal } = new AbortController();
  await expect(controller.reconcile('ApiKey/payments-config/checkout', { signal })).rejects.toThrow(RangeError);
  expect(logger.lines).toMatchObject([
    {
      level: 'warn',
      fields: { key: 'ApiKey/payments-config/checkout', project: 'billing', error: 'SyntaxError' },
    },
  ]);
  expect(logger.text).not.toContain('hunter2');
});

test('KeyController forgets a key of which neither object nor record is left', async () => {
  const KEY = 'ApiKey/payments-config/checkout';
  let hints = [{ hint: { project: 'billing' } }];
  const get = (): unknown => {
    if (hints.length > 0) throw new RangeError('The pass fails');
    return undefined;
  };
  const declared = [{ spec: { project: 'payments' } }];
  const caches = {
    keys: { ApiKey: { lister: { get: () => declared.shift() ?? get() } } },
    records: { lister: { byIndex: () => hints } },
  };
  const contenders = new Contenders();
  const gone: string[] = [];
  const forgotten: KeyIdentity[] = [];
  const unjudged: string[] = [];
  const desk = { forget: (identity: KeyIdentity) => forgotten.push(identity) };
  const judging = { forget: ({ project }: KeyIdentity) => unjudged.push(project) };
  const controller = new KeyController({
    ports: { caches, desk, judging, logger: new RecordingLogger() } as unknown as KeyPorts,
    contenders,
    foreign: { follow: () => {} } as unknown as ForeignSecretWatch,
    onSettled: () => {},
    onGone: (key) => gone.push(key),
  });
  const { signal } = new AbortController();
  await expect(controller.reconcile(KEY, { signal })).rejects.toThrow(RangeError);
  contenders.wait('eu/checkout', KEY);
  expect(gone).toEqual([]);

  hints = [];
  await controller.reconcile(KEY, { signal });
  expect(gone).toEqual([`payments/${KEY}`, `billing/${KEY}`]);
  expect(contenders.take('eu/checkout')).toEqual([]);
  const identity = { kind: 'ApiKey', namespace: 'payments-config', name: 'checkout' };
  expect(forgotten).toEqual([
    { project: 'payments', ...identity },
    { project: 'billing', ...identity },
  ]);
  expect(unjudged).toEqual(['payments', 'billing']);
});
