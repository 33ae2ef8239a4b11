import { describe, expect, test } from 'vitest';
import { deliver } from '../../../../src/controllers/secrets/deliver.ts';
import { writeRecord } from '../../../../src/controllers/secrets/write-record.ts';
import type { DeliveryTarget } from '../../../../src/controllers/planning/place-state.ts';
import type { RecordChange } from '../../../../src/controllers/planning/record-change.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import type { KekProvider } from '../../../../src/sealing/kek-provider.ts';
import { sealMaterial } from '../../../../src/sealing/material.ts';
import { SealingError, type SealingErrorCode } from '../../../../src/sealing/sealing-error.ts';
import { EU, held, ledgerOf, NOW, stagingEntry, versionEntry, wantedOf } from '../../../support/facts.ts';
import { cryptoEnvironment, cryptoLedger, partner } from '../../../support/partner-key.ts';
import { recordSecret, sealedRecord } from '../../../support/crypto-record.ts';
import { checkout, countingBytes, recordContext } from '../../../support/sealing.ts';

const { signal } = new AbortController();

/** Controllers' surroundings, of which only the provider of KEKs is asked for anything. */
function portsWith(kek: Partial<KekProvider>): KeyPorts {
  const context = recordContext();
  const installation = {
    recordContext: { ...context, kek: { name: 'keyring', ...kek } },
    readRecord: () => undefined,
  };
  return { installation, clock: { now: () => NOW }, randomBytes: countingBytes() } as unknown as KeyPorts;
}

function failing(code: SealingErrorCode): Partial<KekProvider> {
  const fail = (): Promise<never> => Promise.reject(new SealingError(code));
  return { wrap: fail, unwrap: fail };
}

async function deliverSealed(ports: KeyPorts, callSignal: AbortSignal = signal): Promise<unknown> {
  const addition = { environment: 'production', version: 1, field: 'token', plaintext: Buffer.from('token') } as const;
  const sealed = await sealMaterial(undefined, [addition], checkout, recordContext());
  const wanted = wantedOf(held(EU), 'production', versionEntry('production', 1));
  const target: DeliveryTarget = { verb: 'Create', wanted, source: { kind: 'Sealed' }, replaces: undefined };
  return await deliver(ports, checkout, target, { ledger: ledgerOf(), sealed }, callSignal);
}

async function mint(ports: KeyPorts, callSignal: AbortSignal = signal): Promise<unknown> {
  const order = {
    environment: 'staging',
    version: 1,
    cause: 'FirstIssue',
    material: { kind: 'Token', prefix: 'acme_sk_test', signingSecret: false },
  } as const;
  const change: RecordChange = {
    ledger: ledgerOf({ environments: [stagingEntry({ versions: [] })] }),
    mints: [order],
    signing: [],
    seal: [],
    drop: [],
    settles: false,
  };
  return await writeRecord(ports, checkout, { ...change, made: new Map(), imports: [] }, undefined, callSignal);
}

/** Production gets the key that staging has. */
async function copy(ports: KeyPorts, callSignal: AbortSignal = signal): Promise<unknown> {
  const plaintext = Buffer.from('key');
  const addition = { environment: 'staging', version: 1, field: 'material', plaintext } as const;
  const environments = [cryptoEnvironment('staging'), cryptoEnvironment('production', [])];
  const stored = await sealedRecord(cryptoLedger({ environments }), [addition]);
  const { recordContext: context } = ports.installation;
  const installation = { recordContext: context, readRecord: () => ({ state: 'valid', ...stored }) };
  const order = {
    environment: 'production',
    version: 2,
    cause: 'FirstIssue',
    material: { kind: 'Copy', environment: 'staging', version: 1 },
  } as const;
  return await writeRecord(
    { ...ports, installation } as unknown as KeyPorts,
    partner,
    {
      ledger: stored.ledger,
      mints: [order],
      signing: [],
      seal: [],
      drop: [],
      settles: false,
      made: new Map(),
      imports: [],
    },
    recordSecret(stored),
    callSignal,
  );
}

describe.each([
  { doing: 'writeRecord of a copy', run: copy, final: 'KW_MATERIAL_UNREADABLE' },
  { doing: 'deliver', run: deliverSealed, final: 'KW_MATERIAL_UNREADABLE' },
  { doing: 'writeRecord', run: mint, final: 'KW_RECORD_UNREADABLE' },
])('$doing', ({ run, final }) => {
  test('promises a retry while the KEK provider gives no answer', async () => {
    await expect(run(portsWith(failing('KekUnavailable')))).rejects.toMatchObject({
      code: 'KW_KEK_UNAVAILABLE',
      retry: 'backoff',
      cause: { code: 'KekUnavailable' },
    });
  });

  test.each(['KekUnknown', 'OpenFailed'] as const)('waits for a restored backup after %s', async (code) => {
    await expect(run(portsWith(failing(code)))).rejects.toMatchObject({
      code: final,
      retry: 'terminal',
      cause: { code },
    });
  });

  test('stops waiting for the KEK provider when the pass is aborted', async () => {
    const stop = new AbortController();
    const stopped = new Error('lease lost');
    const waiting = (_bytes: unknown, _context: unknown, options?: { readonly signal?: AbortSignal }): Promise<never> =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(stopped));
        stop.abort();
        if (options?.signal === undefined) reject(new Error('No signal came with the call'));
      });
    await expect(run(portsWith({ wrap: waiting, unwrap: waiting }), stop.signal)).rejects.toBe(stopped);
  });
});
