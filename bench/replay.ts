import type { ApiAnswer, Transport } from '../src/kube/transport/exchange.ts';
import { recordName } from '../src/sealing/record.ts';
import { objectOf, requestOf, type Recipe, type Step } from './recipe.ts';

/** Keys that are replayed side by side: as many as the operator's pool has connections. */
const WAYS = 16;
/** Events that are written side by side, as the operator does. */
const EVENT_WRITERS = 2;
const TIMEOUT_MS = 30_000;

/** Where an object stands: what the next write to it has to name. */
export interface Version {
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface ReplayOptions {
  readonly transport: Transport;
  readonly recipes: readonly Recipe[];
  readonly project: string;
  /** The ApiKeys by name. */
  readonly declared: ReadonlyMap<string, Version>;
  /** What else is there already, by its path. @default nothing: everything is created */
  readonly standing?: ReadonlyMap<string, Version>;
  /** Write the operator's events too, in the background as it does. */
  readonly withEvents: boolean;
}

/**
 * Does for each key what the operator was seen to do, 16 keys side by side and nothing else: no caches, no planning,
 * no sealing. Only names and versions are filled in. Resolves when the events are written too.
 *
 * @throws if the server refuses what the operator was granted.
 */
export async function replay(options: ReplayOptions): Promise<void> {
  const { declared, recipes, withEvents } = options;
  const keys = [...declared].entries();
  const writers = Array.from({ length: EVENT_WRITERS }, () => Promise.resolve());
  let events = 0;
  const workOff = async (): Promise<void> => {
    for (const [index, [name, version]] of keys) {
      const recipe = recipes[index % recipes.length] ?? { steps: [], events: [] };
      await replaySteps(options, recipe.steps, name, version);
      for (const event of withEvents ? recipe.events : []) {
        const writer = events++ % EVENT_WRITERS;
        writers[writer] = (writers[writer] ?? Promise.resolve()).then(() =>
          replaySteps(options, [event], name, version),
        );
      }
    }
  };
  await Promise.all(Array.from({ length: WAYS }, workOff));
  await Promise.all(writers);
}

async function replaySteps(
  { transport, project, standing }: ReplayOptions,
  steps: readonly Step[],
  name: string,
  declared: Version,
): Promise<void> {
  const record = recordName({ project, kind: 'ApiKey', name });
  const versions = new Map<string, Version>();
  for (const step of steps) {
    const place = objectOf(step, { name, record });
    const { uid, resourceVersion } = versions.get(place) ?? standing?.get(place) ?? declared;
    const request = requestOf(step, { name, record, uid, resourceVersion });
    const answer = await transport.exchange(request, AbortSignal.timeout(TIMEOUT_MS));
    const isExpected = answer.status < 300 || (step.method === 'GET' && answer.status === 404);
    if (!isExpected) throw new Error(`Replay: ${step.method} ${request.path} was answered ${answer.status}`);
    if (step.method !== 'GET') versions.set(place, versionOf(answer));
  }
}

function versionOf({ body }: ApiAnswer): Version {
  const { metadata } = JSON.parse(body.toString()) as { metadata: Version };
  return metadata;
}
