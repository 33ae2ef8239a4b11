import type { KeyObject } from '../../../src/api/key-object.ts';
import { FINALIZER } from '../../../src/api/labels.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { RECORD_TYPE } from '../../../src/sealing/record.ts';
import { storedRecord } from '../../support/stored-record.ts';
import { markOf } from '../marks.ts';
import { deliveredSecret } from './delivered-secret.ts';
import { numberOf, type ServerEvent, type Violation } from './event.ts';
import { OrderRules } from './order-rules.ts';
import { OwnershipRules } from './ownership-rules.ts';
import { versionsInLedger, versionsInStatus } from './shown-versions.ts';
import { VersionRules } from './version-rules.ts';

export interface WitnessOptions {
  readonly operatorNamespace: string;
  /** Where delivered Secrets may be. */
  readonly mapped: ReadonlySet<string>;
}

/**
 * Judges what the API server says happened, event by event, and keeps little of it. It never asks the operator.
 * Secrets that the soak's own writers wrote are known by their marks and judged only for being left alone.
 */
export class Witness {
  readonly #operatorNamespace: string;
  readonly #versions = new VersionRules();
  readonly #order = new OrderRules();
  readonly #ownership: OwnershipRules;
  readonly #violations: Violation[] = [];
  readonly #tokens = new Set<string>();
  /** Marks of edits that were seen already: whoever writes next and keeps one is the operator. */
  readonly #marks = new Set<string>();
  /** Keys that went last under a spec that lets their Secrets stay. */
  readonly #retained = new Set<string>();
  /** By uid: keys that had our finalizer. */
  readonly #held = new Set<string>();
  readonly #madeByPeople = new Set<string>();
  #events = 0;
  #onViolation: () => void = () => {};

  constructor({ operatorNamespace, mapped }: WitnessOptions) {
    this.#operatorNamespace = operatorNamespace;
    this.#ownership = new OwnershipRules(mapped);
  }

  /** Has `listener` hear of each broken invariant from now on. */
  onViolation(listener: () => void): void {
    this.#onViolation = listener;
  }

  get violations(): readonly Violation[] {
    return this.#violations;
  }

  get events(): number {
    return this.#events;
  }

  get versions(): number {
    return this.#versions.versions;
  }

  /** Every token that the operator ever delivered. */
  get tokens(): ReadonlySet<string> {
    return this.#tokens;
  }

  seeKey(event: ServerEvent<KeyObject>): void {
    this.#events += 1;
    this.#seeRetention(event);
    if (event.type === 'DELETED') return;
    const versions = versionsInStatus(event.object);
    this.#note(this.#versions.seeStatus(versions), this.#order.seeStatus(versions, numberOf(event)));
  }

  seeSecret(event: ServerEvent<Secret>): void {
    this.#events += 1;
    const { object } = event;
    if (object.metadata.namespace === this.#operatorNamespace) return this.#seeRecord(event);
    if (this.#ownership.isKnownStranger(object)) return this.#note(this.#ownership.seeStranger(event));
    const isEdit = this.#isEdit(object);
    if (isEdit && event.type === 'ADDED') this.#madeByPeople.add(object.metadata.uid ?? '');
    if (isEdit || event.type === 'DELETED') return;
    const delivered = deliveredSecret(object);
    if (delivered === undefined) return;
    if (delivered.token !== undefined) this.#tokens.add(delivered.token);
    this.#note(
      this.#ownership.seeDelivery(object),
      this.#versions.seeDelivery(delivered),
      this.#order.seeDelivery(delivered, numberOf(event), event.type === 'MODIFIED'),
    );
  }

  /** "<kind>/<namespace>/<name>" of keys that are gone and whose authors wanted their Secrets to stay. */
  get retained(): ReadonlySet<string> {
    return this.#retained;
  }

  /** By uid: delivered Secrets that were gone and that people put back. */
  get madeByPeople(): ReadonlySet<string> {
    return this.#madeByPeople;
  }

  /** For when everything has ended and all events are in. */
  end(): void {
    this.#note(this.#order.neverAccepted);
  }

  #seeRecord(event: ServerEvent<Secret>): void {
    const { type, object } = event;
    if (object.type !== RECORD_TYPE) return;
    if (type === 'DELETED') return this.#note([`the record ${object.metadata.name} was deleted`]);
    const { ledger } = storedRecord(object);
    this.#note(this.#versions.seeLedger(ledger), this.#order.seeLedger(versionsInLedger(ledger), numberOf(event)));
  }

  /** An object that is gone before the operator held it has told it nothing, and what an earlier one left stays. */
  #seeRetention({ type, object }: ServerEvent<KeyObject>): void {
    const { uid = '', finalizers } = object.metadata;
    if (finalizers?.includes(FINALIZER) === true) this.#held.add(uid);
    if (!this.#held.has(uid)) return;
    const { deletionPolicy, revocation } = object.spec;
    const isForGood = revocation !== undefined && revocation.throughVersion === undefined;
    const owner = `${object.kind}/${object.metadata.namespace}/${object.metadata.name}`;
    if (type === 'DELETED' && deletionPolicy === 'Retain' && !isForGood) this.#retained.add(owner);
    else this.#retained.delete(owner);
  }

  #isEdit({ metadata }: Secret): boolean {
    const mark = markOf(metadata);
    if (mark === undefined || this.#marks.has(mark)) return false;
    this.#marks.add(mark);
    return true;
  }

  #note(...found: readonly (readonly Violation[])[]): void {
    const violations = found.flat();
    if (violations.length === 0) return;
    this.#violations.push(...violations);
    this.#onViolation();
  }
}
