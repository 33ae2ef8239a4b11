import { ADOPT_ANNOTATION, PROJECT_LABEL } from '../../../api/labels.ts';
import { viewSecret } from '../../caches/cached-secret.ts';
import { placeAt } from '../../planning/place-index.ts';
import { isOurs, ownerOf } from '../../planning/place-state.ts';
import { placeKey, type SecretView } from '../../planning/secret-view.ts';
import type { KeyPorts } from '../../shared/ports.ts';
import { subjectOf } from '../events.ts';
import { entriesOf } from '../../planning/key-facts.ts';
import type { KeyObjectFacts } from '../../planning/key-rules.ts';

/** Named in an event; the count tells of the rest. */
const MAX_NAMES = 5;

type Ports = Pick<KeyPorts, 'caches' | 'events' | 'installation'>;

/**
 * Tells of Secrets that are labelled for a key and not provably its own, such as those that an installation which is
 * lost delivered: nothing will ever rewrite or withdraw them, and the tokens in them may be in use.
 */
export class UnprovenSecrets {
  readonly #ports: Ports;
  /** What was told last of each key. */
  readonly #known = new Map<string, string>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Takes note of how a key was found; tells of what is new in this process. */
  observe(key: string, facts: KeyObjectFacts): void {
    const note = facts.object === undefined ? undefined : unprovenNote(this.#ports, facts);
    if (note === this.#known.get(key)) return;
    if (note === undefined) this.#known.delete(key);
    else {
      this.#known.set(key, note);
      announceUnproven(this.#ports, facts);
    }
  }

  /** Neither object nor record of the key is left. */
  forget(key: string): void {
    this.#known.delete(key);
  }
}

/** The last word about a deleted key, or what is new about one that is there. */
export function announceUnproven(ports: Ports, facts: KeyObjectFacts): void {
  const note = unprovenNote(ports, facts);
  if (note === undefined || facts.object === undefined) return;
  ports.events.record(subjectOf(facts.rules, facts.object), {
    type: 'Warning',
    reason: 'UnprovenSecrets',
    action: 'Reconcile',
    note,
  });
}

function unprovenNote(ports: Ports, facts: KeyObjectFacts): string | undefined {
  // Another installation may have proven them: its Secrets are none of our business.
  if (facts.installation !== 'Ready' || facts.project.kind === 'Elsewhere') return undefined;
  const secrets = unprovenSecrets(ports, facts).map(({ namespace, name }) => `${namespace}/${name}`);
  if (secrets.length === 0) return undefined;
  const more = secrets.length > MAX_NAMES ? ` and ${secrets.length - MAX_NAMES} more` : '';
  const names = `${secrets.toSorted().slice(0, MAX_NAMES).join(', ')}${more}`;
  const isDeleting = facts.object?.metadata.deletionTimestamp !== undefined;
  const consent = isDeleting
    ? ''
    : `, or let one of a wanted name be overwritten: ${ADOPT_ANNOTATION}=${ownerOf(facts.identity)}`;
  const count = secrets.length === 1 ? '1 Secret' : `${secrets.length} Secrets`;
  return `${count} labelled for this key, not provably of this installation, left as found: ${names}. Delete what nobody needs${consent}`;
}

function unprovenSecrets({ caches, installation }: Ports, facts: KeyObjectFacts): readonly SecretView[] {
  const { identity } = facts;
  return caches.secrets.lister
    .byIndex('owner', ownerOf(identity))
    .filter(({ metadata }) => metadata.labels?.[PROJECT_LABEL] === identity.project)
    .map((secret) => viewSecret(secret, installation.macContext))
    .filter((secret) => {
      const place = placeKey({ namespace: secret.namespace, secretName: secret.name });
      const entry = entriesOf(facts).find(({ places }) => placeAt(places, place) !== undefined);
      return !secret.deleting && !isOurs(secret, identity, entry);
    });
}
