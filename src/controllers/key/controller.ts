import { Reason } from '../../api/conditions.ts';
import { KeywrightError } from '../../errors.ts';
import { errorFacts } from '../../kube/errors/error-facts.ts';
import type { Outcome, ReconcileContext } from '../../kube/queue/controller.ts';
import { KEY_KINDS, type KeyIdentity } from '../../sealing/ledger.ts';
import { Failures } from '../shared/failures.ts';
import type { KeyPorts } from '../shared/ports.ts';
import type { ForeignSecretWatch } from '../secrets/foreign-secret-watch.ts';
import type { ForeignPlace } from '../secrets/watch-shares.ts';
import { placeKey } from '../planning/secret-view.ts';
import { acceptanceViolation } from './acceptance-checks.ts';
import { placeStates } from './secret-work.ts';
import { targetsOf } from './facts.ts';
import { reconcileKey } from './reconcile.ts';
import type { Contenders } from './wake/contenders.ts';
import type { KeyObjectFacts } from '../planning/key-rules.ts';

export interface KeyControllerOptions {
  readonly ports: KeyPorts;
  readonly contenders: Contenders;
  readonly foreign: ForeignSecretWatch;
  /** Told after each look what was seen of the key. @param key "<project>/<kind>/<namespace>/<name>". */
  readonly onSettled: (key: string, facts: KeyObjectFacts) => void;
  /** Told when neither object nor record of the key is left. @param key As above. */
  readonly onGone: (key: string) => void;
}

/**
 * Reconciles "<kind>/<namespace>/<name>": the object of that name, and every record that names it as its owner. An
 * object that was deleted and declared anew under another project leaves a record of its own behind.
 */
export class KeyController {
  readonly #ports: KeyPorts;
  readonly #contenders: Contenders;
  readonly #foreign: ForeignSecretWatch;
  readonly #onSettled: KeyControllerOptions['onSettled'];
  readonly #onGone: KeyControllerOptions['onGone'];
  readonly #failures = new Failures();
  /** By key, the projects in which it was found last. */
  readonly #projects = new Map<string, readonly string[]>();

  constructor({ ports, contenders, foreign, onSettled, onGone }: KeyControllerOptions) {
    this.#ports = ports;
    this.#contenders = contenders;
    this.#foreign = foreign;
    this.#onSettled = onSettled;
    this.#onGone = onGone;
  }

  /** @throws KW_DELIVERY_INCOMPLETE when places could not be reached, and what reconcileKey throws. */
  async reconcile(key: string, { signal }: Pick<ReconcileContext, 'signal'>): Promise<Outcome> {
    let outcome: Outcome = { kind: 'done' };
    const failures: unknown[] = [];
    const inTheWay: ForeignPlace[] = [];
    let missedPlaces = 0;
    const identities = this.#identities(key);
    this.#forgetGone(key, identities);
    for (const identity of identities) {
      try {
        const { facts, outcome: own, missed } = await reconcileKey(this.#ports, identity, this.#failures, signal);
        inTheWay.push(...this.#registerContention(key, facts));
        this.#onSettled(`${identity.project}/${key}`, facts);
        for (const namespace of missed) this.#contenders.waitForNamespace(namespace, key);
        missedPlaces += missed.length;
        outcome = sooner(outcome, own);
      } catch (error) {
        // What an earlier object of this name left behind must not wait for the one that is there now.
        failures.push(error);
        // The queue tells of the one that is thrown.
        if (failures.length > 1) {
          const { project } = identity;
          this.#ports.logger.warn(
            { key, project, ...errorFacts(error) },
            'Reconcile failed for a key of this name too',
          );
        }
      }
    }
    if (failures.length > 0) throw failures[0];
    this.#foreign.follow(key, inTheWay);
    if (missedPlaces > 0) throw new KeywrightError('KW_DELIVERY_INCOMPLETE', { places: missedPlaces });
    return outcome;
  }

  /** What is remembered of a key goes with its object and its record: names can be declared and deleted without end. */
  #forgetGone(key: string, identities: readonly KeyIdentity[]): void {
    const projects = identities.map(({ project }) => project);
    for (const project of this.#projects.get(key) ?? []) {
      if (projects.includes(project)) continue;
      this.#failures.succeeded(`${project}/${key}`);
      const owner = parseOwner(key);
      if (owner !== undefined) {
        this.#ports.desk.forget({ project, ...owner });
        this.#ports.judging.forget({ project, ...owner });
      }
      this.#onGone(`${project}/${key}`);
    }
    if (projects.length > 0) this.#projects.set(key, projects);
    else {
      this.#projects.delete(key);
      this.#contenders.forget(key);
    }
  }

  #identities(key: string): readonly KeyIdentity[] {
    const owner = parseOwner(key);
    if (owner === undefined) return [];
    const { keys, records } = this.#ports.caches;
    const declared = keys[owner.kind].lister.get(`${owner.namespace}/${owner.name}`)?.spec.project;
    const remembered = records.lister.byIndex('owner', key).flatMap(({ hint }) => hint?.project ?? []);
    const projects = new Set(declared === undefined ? remembered : [declared, ...remembered]);
    return [...projects].map((project) => ({ project, ...owner }));
  }

  /**
   * Whoever frees a place that stands in the key's way wakes it: another key, or whoever owns a foreign Secret.
   * @returns The places with a foreign Secret.
   */
  #registerContention(key: string, facts: KeyObjectFacts): readonly ForeignPlace[] {
    const { object } = facts;
    const declared = object === undefined ? undefined : { ...facts, object };
    const blocked = (
      declared === undefined ? [] : targetsOf(declared).flatMap((target) => placeStates(declared, target))
    )
      .filter(({ state }) => state.kind === 'Conflict')
      .map(placeKey);
    for (const place of [...blocked, ...facts.claims.keys()]) this.#contenders.wait(place, key);
    if (declared !== undefined && acceptanceViolation(declared)?.reason === Reason.TooManyKeys) {
      this.#contenders.waitForRoom(facts.identity.project, key);
    }
    const { project } = facts.identity;
    return blocked
      .filter((place) => facts.observations.get(place)?.kind === 'Present')
      .map((place) => ({ project, place }));
  }
}

/** @param key "<kind>/<namespace>/<name>". */
function parseOwner(key: string): Omit<KeyIdentity, 'project'> | undefined {
  const [kindName = '', namespace = '', name = ''] = key.split('/');
  const kind = KEY_KINDS.find((known) => known === kindName);
  return kind === undefined ? undefined : { kind, namespace, name };
}

function sooner(one: Outcome, other: Outcome): Outcome {
  if (one.kind === 'done') return other;
  if (other.kind === 'done') return one;
  return one.ms <= other.ms ? one : other;
}
