import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ImportJudge } from '../../../../src/controllers/imports/import-judge.ts';
import type { ImportedCryptoKey } from '../../../../src/controllers/planning/import-facts.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import type { ImportOutcome } from '../../../../src/keys/crypto/import/import-outcome.ts';
import { SHARED_PRIME } from '../../../../src/keys/crypto/import/rsa/modulus-weakness.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { readyInstallation, recordSecret } from '../../../support/crypto-record.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { NOW } from '../../../support/facts.ts';
import { JudgingHere, judgingDesk } from '../../../support/judging.ts';
import { privateSample } from '../../../support/key-samples.ts';
import { cryptoEnvironment, cryptoLedger, cryptoVersion, partner } from '../../../support/partner-key.ts';
import { WipedBytes } from '../../../support/wiped-bytes.ts';
import { E, prime, privatePem, publicPem } from '../../keys/crypto/import/rsa-fixtures.ts';

const { signal } = new AbortController();

interface Judging {
  readonly judge: (
    declared: Partial<ImportedCryptoKey>,
    content: Uint8Array,
    passphrase?: string,
    passphraseFrom?: string,
  ) => Promise<ImportOutcome>;
  readonly judging: JudgingHere;
  readonly inventory: { reads: number };
  readonly clock: FakeClock;
  readonly nextPass: () => void;
  readonly forget: () => void;
}

function judgingBeside(...records: readonly Secret[]): Judging {
  const judging = new JudgingHere();
  const clock = new FakeClock(NOW);
  const desk = judgingDesk(judging, clock);
  const inventory = { reads: 0 };
  const list = (): readonly { readonly secret: Secret }[] => {
    inventory.reads += 1;
    return records.map((secret) => ({ secret }));
  };
  const ports = {
    judging: desk,
    clock,
    caches: { records: { lister: { list } } },
    installation: readyInstallation(),
  } as unknown as KeyPorts;
  const judgeOfPass = (): ImportJudge => new ImportJudge(ports, { identity: partner, signal });
  let judge = judgeOfPass();
  return {
    judging,
    clock,
    nextPass: () => {
      judge = judgeOfPass();
    },
    inventory,
    forget: () => desk.forget(partner, judge.asked),
    judge: async (declared, content, passphrase, passphraseFrom) => {
      const outcome = await judge.judge(
        { kind: 'CryptoKey', type: 'PrivateKey', ...declared },
        {
          kind: 'Read',
          content,
          passphrase: passphrase === undefined ? undefined : Buffer.from(passphrase),
          ...(passphraseFrom !== undefined && { passphraseFrom }),
        },
      );
      if (outcome === undefined) throw new Error('It is still being judged');
      return outcome;
    },
  };
}

const [p, q, r] = [prime(1024), prime(1024), prime(1024)];

/** A record that publishes this key. */
function holding(publicKey: string): Secret {
  const version = cryptoVersion('staging', 1, { algorithm: 'RSA-2048', bits: 2048, publicKey });
  return recordSecret({
    ledger: cryptoLedger({ environments: [cryptoEnvironment('staging', [version])] }),
    sealed: undefined,
  });
}

const known = holding(publicPem(p * r));
const rsaKey = Buffer.from(privatePem({ p, q, e: E }));
const ecKey = Buffer.from(privateSample('EC-P256').bytes);

describe('ImportJudge', () => {
  test('says where a passphrase that does not open the key was taken from', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'right barley' } as const;
    const locked = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }));
    const outcome = await judgingBeside().judge({}, locked, 'canary', 'data key "pass" of Secret "partner-pass"');
    expect(outcome).toEqual({
      kind: 'Refused',
      reason: 'PassphraseWrong',
      message:
        'The passphrase does not open the private key, or the file is damaged; it was taken from data key "pass" of Secret "partner-pass"',
    });
  });

  test('detects the algorithm where the spec names none', async () => {
    const outcome = await judgingBeside().judge({}, privateSample('Ed25519').bytes);
    expect(outcome).toMatchObject({ kind: 'Accepted', material: { algorithm: 'Ed25519', form: 'Pkcs8' } });
  });

  test('refuses a key that is none of the named algorithm', async () => {
    const outcome = await judgingBeside().judge({ algorithm: 'EC-P256' }, privateSample('Ed25519').bytes);
    expect(outcome).toMatchObject({ kind: 'Refused', reason: 'TypeMismatch' });
  });

  test('refuses an RSA key that shares a prime with one that a ledger holds, and wipes it', async () => {
    const { judge } = judgingBeside(known);
    using wiped = new WipedBytes();
    expect(await judge({}, rsaKey)).toMatchObject({ kind: 'Refused', reason: 'WeakKey', message: SHARED_PRIME });
    expect(wiped.has(createPrivateKey(rsaKey.toString()).export({ format: 'der', type: 'pkcs8' }))).toBe(true);
  });

  test('finds a shared prime among many keys', async () => {
    const others = Array.from({ length: 300 }, (_, at) =>
      cryptoVersion('staging', at + 1, {
        algorithm: 'RSA-2048',
        bits: 2048,
        publicKey: publicPem(prime(64) * r),
      }),
    );
    const { judge } = judgingBeside(
      recordSecret({
        ledger: cryptoLedger({ name: 'others', environments: [cryptoEnvironment('staging', others)] }),
        sealed: undefined,
      }),
      known,
    );
    expect(await judge({}, rsaKey)).toMatchObject({ kind: 'Refused', reason: 'WeakKey' });
  });

  test.each<{ name: string; content: Uint8Array; reads: number }>([
    { name: 'once an RSA key was read', content: rsaKey, reads: 1 },
    { name: 'never for another key', content: ecKey, reads: 0 },
    { name: 'never for what is no key', content: Buffer.from('no key'), reads: 0 },
  ])('looks through the inventory $name', async ({ content, reads }) => {
    const { judge, inventory } = judgingBeside();
    await judge({}, content);
    expect(inventory.reads).toBe(reads);
  });

  test('judges equal bytes once, and gives each who asks bytes of its own', async () => {
    const { judge, judging } = judgingBeside();
    const [first, second] = [await judge({}, ecKey), await judge({}, ecKey)];
    if (first.kind === 'Refused' || second.kind === 'Refused') throw new Error('Refused');
    expect(judging.judged).toBe(1);
    first.material.bytes.fill(0);
    expect(Buffer.from(second.material.bytes).equals(ecKey)).toBe(true);
  });

  test('remembers what it refused for five minutes, as each look at its key would cost as much', async () => {
    const { judge, judging, clock, nextPass } = judgingBeside();
    const refused = await judge({}, Buffer.from('no key'));
    nextPass();
    expect(await judge({}, Buffer.from('no key'))).toEqual(refused);
    expect(judging.judged).toBe(1);
    await clock.advance(300_000);
    nextPass();
    await judge({}, Buffer.from('no key'));
    expect(judging.judged).toBe(2);
  });

  test('looks for a shared prime anew with every pass, as keys come and go', async () => {
    const { judge, inventory, nextPass } = judgingBeside(known);
    for (let looks = 0; looks < 2; looks += 1) await judge({}, rsaKey);
    expect(inventory.reads).toBe(1);
    nextPass();
    await judge({}, rsaKey);
    expect(inventory.reads).toBe(2);
  });

  test('judges equal bytes again under another type, algorithm or passphrase', async () => {
    const { judge, judging } = judgingBeside();
    await judge({}, ecKey);
    await judge({ type: 'KeyPair' }, ecKey);
    await judge({ algorithm: 'EC-P256' }, ecKey);
    await judge({}, ecKey, 'one');
    await judge({}, ecKey, 'two');
    await judge({}, ecKey, '');
    expect(judging.judged).toBe(6);
  });

  test('tells what the source of a pass before it held, which is wiped then', async () => {
    const { judge, nextPass, forget } = judgingBeside();
    await judge({}, ecKey);
    nextPass();
    await judge({}, privateSample('Ed25519').bytes);
    using wiped = new WipedBytes();
    forget();
    expect(wiped.has(ecKey)).toBe(true);
  });
});
