import { expect, test } from 'vitest';
import { PROJECT_LABEL, PROOF_ANNOTATION } from '../../../../../src/api/labels.ts';
import { UnprovenSecrets } from '../../../../../src/controllers/key/standing/unproven-secrets.ts';
import { digestSecret, type CachedSecret } from '../../../../../src/controllers/caches/cached-secret.ts';
import type { KeyEvent } from '../../../../../src/controllers/shared/key-events.ts';
import type { Secret } from '../../../../../src/kube/objects/objects.ts';
import { signProof } from '../../../../../src/sealing/proof.ts';
import { EU, held, OWNER, settled, STAGING, versionEntry, wantedOf } from '../../../../support/facts.ts';
import { checkout, recordContext } from '../../../../support/sealing.ts';
import type { KeyObjectFacts } from '../../../../../src/controllers/planning/key-rules.ts';

const KEY = 'payments/payments-config/checkout';
const context = recordContext();
const version = versionEntry('production', 1);
const { labels, annotations } = wantedOf(held(EU), 'production', version);

/** Labelled for the key as a delivered one is, and proven by nobody that is known here. */
function leftIn(namespace: string, metadata: Partial<Secret['metadata']> = {}): CachedSecret {
  const data = { token: Buffer.from('of a lost installation').toString('base64') };
  return digestSecret({ metadata: { namespace, name: 'checkout', labels, annotations, ...metadata }, data });
}

function provenIn(namespace: string): CachedSecret {
  const claim = { ...checkout, environment: 'production', version: 1, keyId: version.keyId };
  const proof = signProof(context, { ...claim, targetNamespace: namespace, secretName: 'checkout' }, 1, {});
  return leftIn(namespace, { annotations: { ...annotations, [PROOF_ANNOTATION]: proof } });
}

function watched(secrets: CachedSecret[]): {
  readonly events: readonly KeyEvent[];
  readonly unproven: UnprovenSecrets;
} {
  const events: KeyEvent[] = [];
  const lister = { byIndex: (_index: string, owner: string) => (owner === OWNER ? secrets : []) };
  const ports = {
    caches: { secrets: { lister } },
    installation: { macContext: context },
    events: { record: (_regarding: unknown, event: KeyEvent) => void events.push(event) },
  } as unknown as ConstructorParameters<typeof UnprovenSecrets>[0];
  return { events, unproven: new UnprovenSecrets(ports) };
}

test('UnprovenSecrets names the Secrets labelled for a key that are not provably its own, once', () => {
  const { events, unproven } = watched([leftIn('one'), provenIn(EU), leftIn('other')]);
  unproven.observe(KEY, settled());
  unproven.observe(KEY, settled());
  expect(events).toEqual([
    {
      type: 'Warning',
      reason: 'UnprovenSecrets',
      action: 'Reconcile',
      note: `2 Secrets labelled for this key, not provably of this installation, left as found: one/checkout, other/checkout. Delete what nobody needs, or let one of a wanted name be overwritten: keywright.dev/adopt=${OWNER}`,
    },
  ]);
});

test('UnprovenSecrets names five and counts the rest', () => {
  const { events, unproven } = watched(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((namespace) => leftIn(namespace)));
  unproven.observe(KEY, settled());
  expect(events[0]?.note).toMatch(/^7 Secrets .*: a\/checkout, b\/checkout, .*e\/checkout and 2 more\./);
});

test('UnprovenSecrets tells of it again when others are there', () => {
  const secrets = [leftIn('one')];
  const { events, unproven } = watched(secrets);
  unproven.observe(KEY, settled());
  secrets.push(leftIn('other'));
  unproven.observe(KEY, settled());
  expect(events).toHaveLength(2);
});

test.each<{ name: string; secrets: CachedSecret[]; facts?: KeyObjectFacts }>([
  { name: 'one with a valid proof', secrets: [provenIn(STAGING)] },
  {
    name: 'one of the same key in another project',
    secrets: [leftIn('one', { labels: { ...labels, [PROJECT_LABEL]: 'other' } })],
  },
  { name: 'one that is going', secrets: [leftIn('one', { deletionTimestamp: '2027-03-01T12:00:00Z' })] },
  {
    name: 'any while another installation serves the key',
    secrets: [leftIn('one')],
    facts: settled({ project: { kind: 'Elsewhere', owner: 'other', installation: 'own', reportedBy: 'Owner' } }),
  },
  {
    name: 'any while the installation cannot be read',
    secrets: [leftIn('one')],
    facts: settled({ installation: 'KEKMissing' }),
  },
  {
    name: 'any of an orphan, whose record tells of it',
    secrets: [leftIn('one')],
    facts: { ...settled(), object: undefined },
  },
])('UnprovenSecrets says nothing of $name', ({ secrets, facts = settled() }) => {
  const { events, unproven } = watched(secrets);
  unproven.observe(KEY, facts);
  expect(events).toEqual([]);
});
