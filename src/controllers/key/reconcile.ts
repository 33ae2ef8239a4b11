import { KeywrightError } from '../../errors.ts';
import type { Outcome } from '../../kube/queue/controller.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import type { Failures } from '../shared/failures.ts';
import { environmentsUnderCheck } from '../planning/import-facts.ts';
import { namespaceOf } from '../planning/secret-view.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { ContestedObject } from './contested-object.ts';
import { gatherKey } from './gather/gather.ts';
import { nextLookMs } from './next-look.ts';
import { planKey } from './plan.ts';
import { reportFailure } from './report-failure.ts';
import type { KeyObjectFacts } from '../planning/key-rules.ts';

/** The longest honest plan has about ten steps; more mean that somebody fights us, or a fault of ours. */
const MAX_STEPS = 24;

export interface Reconciled {
  readonly outcome: Outcome;
  /** What the key looked like in the end. */
  readonly facts: KeyObjectFacts;
  /** For each place or source that could not be written or read, its namespace; the key is to be tried again. */
  readonly missed: readonly string[];
}

/**
 * Gathers, then plans and acts until nothing is left to do for one key.
 *
 * @throws KW_PLAN_UNSETTLED and what acting throws; status is then as far as it got, and
 *   tells of what `failures` says people have to know.
 */
export async function reconcileKey(
  ports: KeyPorts,
  identity: KeyIdentity,
  failures: Failures,
  signal: AbortSignal,
): Promise<Reconciled> {
  const key = `${identity.project}/${identity.namespace}/${identity.name}`;
  let gathered = await gatherKey(ports, { identity, live: false, signal });
  const contested = new ContestedObject(ports);
  let lastStep = 'none';
  try {
    for (let steps = 0; steps < MAX_STEPS; steps += 1) {
      const step = planKey(gathered.facts);
      if (step === undefined) {
        const reconciled = settled(ports, gathered.facts);
        // What is made for a key that waits for it may fail yet; for any other it is of no use any more.
        if (gathered.facts.making === undefined) {
          failures.succeeded(key);
          ports.desk.forget(identity);
        }
        if (environmentsUnderCheck(gathered.facts.imports).length === 0) ports.judging.forget(identity);
        return reconciled;
      }
      lastStep = step.kind;
      gathered = await contested.actOn(step, gathered, signal);
    }
    throw new KeywrightError('KW_PLAN_UNSETTLED', { lastStep });
  } catch (error) {
    const failure = signal.aborted ? undefined : failures.toTell(key, error);
    // Where status itself could not be written, there is nowhere to say so.
    if (failure !== undefined && lastStep !== 'WriteStatus') await reportFailure(ports, failure, gathered, signal);
    throw error;
  }
}

function settled({ clock }: KeyPorts, facts: KeyObjectFacts): Reconciled {
  const unreachable = [...facts.observations].flatMap(([place, { kind }]) =>
    kind === 'Unreachable' ? [namespaceOf(place)] : [],
  );
  const unanswered = [...facts.imports.values()].flatMap((one) => (one.kind === 'Unanswered' ? [one.namespace] : []));
  const waitMs = nextLookMs(facts);
  // The time that the pass itself took, which may be long, has been waited already.
  const passedMs = clock.now().getTime() - facts.now.getTime();
  return {
    outcome: waitMs === undefined ? { kind: 'done' } : { kind: 'requeueAfter', ms: Math.max(0, waitMs - passedMs) },
    facts,
    missed: facts.installation === 'Ready' ? [...unreachable, ...unanswered] : [],
  };
}
