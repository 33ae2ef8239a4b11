import type { ApiKeyStatusEnvironmentVersion } from '../../../src/api/generated/api-key.ts';
import { isConsented, isProofOf, ownerOf } from '../../../src/controllers/planning/place-state.ts';
import type { RecordChange } from '../../../src/controllers/planning/record-change.ts';
import type { SecretView } from '../../../src/controllers/planning/secret-view.ts';
import { isHashOf } from '../facts.ts';
import { retirementRules, revocationRules, triggerRules } from './lifecycle-rules.ts';
import { materialRules, sharingRules } from './material-rules.ts';
import {
  assert,
  dropRules,
  environmentIsOpen,
  exists,
  finalizerRules,
  frozenRules,
  isProvablyOurs,
  ledgerRules,
  mintRules,
  requireDeclared,
  sealedRules,
  statusRules,
  withdrawRules,
  type Stepped,
} from './rules.ts';
import type { KeyIdentity } from '../../../src/sealing/ledger.ts';
import type { Gathered, Snapshot } from './world.ts';

/** What must hold after every step of any history; remembers what a history has shown so far. */
export class Invariants {
  /** Hashes of tokens and ids of signing secrets that a status write of ours was accepted with. */
  readonly #shown = new Set<string>();
  /** Hashes of tokens that a record has ever held. */
  readonly #minted = new Set<string>();
  /** Tokens whose places were given up while the recovery window was zero. */
  readonly #forgone = new Set<string>();
  /** Sequence of the record write that minted a version. */
  readonly #mintedAt = new Map<number, number>();
  /** Versions that status or a Secret ever showed. */
  readonly #givenOut = new Set<number>();

  /** @throws Error that names what was broken. */
  check(stepped: Stepped): void {
    const { step, gathered, before, after } = stepped;
    this.#noteGivenOut(after, gathered.facts.identity);
    this.#noteMinted(after);
    if (step.kind === 'WriteStatus' && after.object !== before.object) {
      this.#noteShown(after);
      statusRules(gathered.facts, after);
    }
    if (step.kind === 'WriteRecord' && after.record !== before.record) this.#recordIsSound(stepped, step.change);
    if (step.kind === 'Withdraw') withdrawRules(stepped);
    if (!stepped.resumed) {
      retirementRules(stepped);
      revocationRules(stepped);
    }
    this.#writesAreOurs(stepped);
    if (!stepped.resumed) this.#materialSurvives(stepped);
  }

  #noteGivenOut({ object, secrets }: Snapshot, identity: KeyIdentity): void {
    const shown = (object?.status?.environments ?? []).flatMap(({ versions }) => versions ?? []);
    const accepted = shown.filter(({ hash }) => this.#shown.has(hash)).map(({ version }) => version);
    const proven = [...secrets.values()].flatMap(({ proof }) =>
      proof !== undefined && isProofOf(proof, identity) ? [proof.version] : [],
    );
    for (const version of [...proven, ...accepted]) this.#givenOut.add(version);
  }

  #noteMinted({ record }: Snapshot): void {
    const versions = (record?.ledger.environments ?? []).flatMap((entry) => entry.versions);
    for (const { hash } of versions) this.#minted.add(hash);
  }

  #noteShown({ object }: Snapshot): void {
    const versions = (object?.status?.environments ?? []).flatMap((environment) => environment.versions ?? []);
    for (const { hash, ...version } of versions) {
      const { signingSecretId } = version as ApiKeyStatusEnvironmentVersion;
      assert(this.#minted.has(hash), 'status shows only what a record has held');
      this.#shown.add(hash);
      if (signingSecretId !== undefined) this.#shown.add(signingSecretId);
    }
  }

  /**
   * The highest version given out that anything still tells of. Where record, status and Secrets of it are all gone
   * or older, nothing can tell, and the next record write makes that final.
   */
  #knowable({ gathered, before }: Stepped): number {
    const evidence = Math.max(gathered.facts.provenSequence, before.record?.ledger.sequence ?? 0);
    for (const version of this.#givenOut) {
      if ((this.#mintedAt.get(version) ?? 0) > evidence) this.#givenOut.delete(version);
    }
    return Math.max(0, ...this.#givenOut);
  }

  #recordIsSound(stepped: Stepped, change: RecordChange): void {
    const { gathered, before, after } = stepped;
    const givenOut = this.#knowable(stepped);
    const known = before.record?.ledger;
    assert(after.record !== undefined, 'a record write leaves a record');
    const { ledger } = after.record;
    ledgerRules(known, ledger);
    sealedRules(after.record);
    finalizerRules(gathered.facts);
    mintRules(gathered.facts, change);
    materialRules(stepped, change);
    frozenRules(stepped, change);
    sharingRules(gathered.facts, after.record);
    assert(ledger.sequence > gathered.facts.provenSequence, 'the sequence passes what is proven');
    assert(ledger.lastVersion >= givenOut, 'lastVersion is not below a version that was given out');
    triggerRules(known, ledger, change);
    for (const { version } of change.mints) {
      assert(version > Math.max(givenOut, known?.lastVersion ?? 0), 'version numbers never repeat');
      this.#mintedAt.set(version, ledger.sequence);
    }
  }

  #writesAreOurs({ step, gathered, before, after }: Stepped): void {
    const ledger = gathered.stored?.ledger;
    const { identity } = gathered.facts;
    for (const key of new Set([...before.secrets.keys(), ...after.secrets.keys()])) {
      const [was, is] = [before.secrets.get(key), after.secrets.get(key)];
      if (was === is) continue;
      assert(step.kind === 'Deliver' || step.kind === 'Withdraw', `${step.kind} writes no Secret`);
      const isConsent = was !== undefined && is !== undefined && isConsented(was, ownerOf(identity));
      const mayWrite = was === undefined || isConsent || isProvablyOurs(identity, was, key, ledger);
      assert(mayWrite, `the Secret at ${key} is not ours and was written`);
      if (is !== undefined) this.#deliveryIsSound(is, gathered);
    }
  }

  #deliveryIsSound({ digests, proof }: SecretView, { facts, stored }: Gathered): void {
    const hashOf = (key: string): string => `sha256:${digests[key] ?? ''}`;
    const entry = stored?.ledger.environments.find(({ name }) => name === proof?.environment);
    const hash = entry?.versions.find(({ version }) => version === proof?.version)?.hash;
    assert(hash !== undefined && this.#shown.has(hash), 'status shows a version before a Secret carries it');
    const isTrue = facts.rules.materialField !== 'token' || isHashOf(hash, digests['token']);
    assert(isTrue, 'a Secret carries the token that its proof names');
    const previous = digests['previous.token'];
    const isPreviousShown = previous === undefined || [...this.#shown].some((shown) => isHashOf(shown, previous));
    assert(isPreviousShown, 'status shows what goes before it goes');
    const versions = (stored?.ledger.environments ?? []).flatMap((entry) => entry.versions);
    const signing = versions.find(({ signingSecret }) => signingSecret?.hash === hashOf('signing-secret'));
    const isShown = signing?.signingSecret === undefined || this.#shown.has(signing.signingSecret.id);
    assert(isShown, 'status shows a signing secret before a Secret carries it');
    environmentIsOpen(requireDeclared(facts), proof?.environment, 'delivers');
  }

  /** No step of ours makes the last copy of a token disappear, unless its author wants nothing recovered. */
  #materialSurvives({ step, before, after, gathered }: Stepped): void {
    // A stray, at no place of the ledger, is nobody's copy.
    const isStray = step.kind === 'Withdraw' && step.targets.some(({ environment }) => environment === undefined);
    if (after.record === undefined || isStray) return;
    const isForgone = step.kind === 'WriteRecord' && gathered.facts.object?.spec.recoveryWindow === '0s';
    for (const entry of after.record.ledger.environments) {
      const version = entry.versions.find(({ state }) => state === 'Current');
      if (version === undefined) continue;
      if (isForgone) this.#forgone.add(version.hash);
      const survives = exists(after, entry, version) || !exists(before, entry, version);
      assert(survives || this.#forgone.has(version.hash), `${step.kind} loses the token of ${entry.name}`);
    }
    if (step.kind === 'WriteRecord') dropRules(step.change, gathered, after);
  }
}
