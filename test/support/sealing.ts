import type { RandomBytes } from '../../src/clock.ts';
import { KeyringProvider } from '../../src/sealing/keyring-provider.ts';
import type { KeyIdentity, Ledger } from '../../src/sealing/ledger.ts';
import { MacKeys } from '../../src/sealing/mac.ts';
import type { RecordContext } from '../../src/sealing/record-context.ts';

/** The n-th call yields bytes that are all n. */
export function countingBytes(): RandomBytes {
  let calls = 0;
  return (length) => new Uint8Array(length).fill((calls += 1) % 256);
}

/** 32 bytes that start with `first` and count up. */
export function keyBytes(first: number): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => (first + index) % 256);
}

/** A context whose keys and random bytes are the same in every test. */
export function recordContext(changes: Partial<RecordContext> = {}): RecordContext {
  const randomBytes = changes.randomBytes ?? countingBytes();
  return {
    installation: '00112233445566778899aabbccddeeff',
    macKeys: new MacKeys([{ id: 'mac-1', bytes: keyBytes(0), state: 'Signing' }]),
    kek: new KeyringProvider([{ id: 'kek-1', bytes: keyBytes(32), state: 'Wrapping' }], randomBytes),
    randomBytes,
    ...changes,
  };
}

export const checkout: KeyIdentity = {
  project: 'payments',
  kind: 'ApiKey',
  namespace: 'payments-config',
  name: 'checkout',
};

/** Version 2 is current and version 1 retires, both in production; staging is withdrawn. Every optional field is used. */
export function checkoutLedger(changes: Partial<Ledger> = {}): Ledger {
  const createdAt = '2027-01-01T00:00:00Z';
  const since = createdAt;
  return {
    format: 1,
    ...checkout,
    type: 'Secret',
    sequence: 7,
    lastVersion: 2,
    phase: 'Active',
    createdAt,
    environments: [
      {
        name: 'production',
        state: 'Active',
        versions: [
          {
            version: 2,
            keyId: 'k7f2m9q4x1z8',
            hash: `sha256:${'ab'.repeat(32)}`,
            mask: 'acme_sk_live_k7f2m9q4x1z8_…',
            signingSecret: { id: 'whs-2', hash: `sha256:${'cd'.repeat(32)}` },
            cause: 'MaterialLost',
            createdAt,
            state: 'Current',
            stateSince: createdAt,
          },
          {
            version: 1,
            keyId: 'a1b2c3d4e5f6',
            hash: `sha256:${'ef'.repeat(32)}`,
            mask: 'acme_sk_live_a1b2c3d4e5f6_…',
            signingSecret: {
              id: 'whs-1',
              hash: `sha256:${'01'.repeat(32)}`,
              destroyAt: '2027-01-02T00:00:00Z',
            },
            cause: 'FirstIssue',
            createdAt,
            state: 'Retiring',
            stateSince: createdAt,
            retireAt: '2027-01-02T00:00:00Z',
          },
        ],
        places: [
          { namespace: 'payments-prod-eu', secretName: 'checkout', output: 'app', state: 'Held', since },
          { namespace: 'payments-prod-us', secretName: 'checkout', output: 'app', state: 'Owed', since },
        ],
      },
      { name: 'staging', state: 'Withdrawn', destroyAt: '2027-01-02T00:00:00Z', versions: [], places: [] },
    ],
    ...changes,
  };
}
