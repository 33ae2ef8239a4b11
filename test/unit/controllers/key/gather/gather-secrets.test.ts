import { describe, expect, test } from 'vitest';
import { observePlaces } from '../../../../../src/controllers/key/gather/gather-secrets.ts';
import type { KeyPorts } from '../../../../../src/controllers/shared/ports.ts';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';
import { ApiError } from '../../../../../src/kube/errors/api-error.ts';
import type { ObjectRef } from '../../../../../src/kube/client/client.ts';
import { EU, productionEntry, recordOf, settled, stagingEntry, STAGING, US } from '../../../../support/facts.ts';

/** What is read live, while the server holds nothing. */
async function readLive(given: Partial<DeclaredFacts>): Promise<readonly string[]> {
  const read: string[] = [];
  const ports = {
    caches: { secrets: { lister: { get: () => undefined } } },
    placeClient: {
      get: (_resource: unknown, { namespace = '' }: ObjectRef) => {
        read.push(namespace);
        return Promise.reject(new ApiError({ status: 404, reason: 'NotFound', message: '' }));
      },
    },
    installation: {},
  } as unknown as KeyPorts;
  const observations = await observePlaces(ports, settled(given), new AbortController().signal);
  expect([...observations.values()].filter((seen) => seen.kind === 'Absent' && seen.live)).toHaveLength(read.length);
  return read.toSorted();
}

describe('observePlaces of a withdrawn key that is wanted again', () => {
  const withdrawn = { state: 'Withdrawn', places: [] } as const;
  const record = recordOf({ environments: [stagingEntry(withdrawn), productionEntry(withdrawn)] });

  test('reads every wanted place live in a live pass, so that what it finds there may decide', async () => {
    expect(await readLive({ record, isLive: true })).toEqual([EU, US, STAGING].toSorted());
  });

  test('takes the word of the cache in any other', async () => {
    expect(await readLive({ record, isLive: false })).toEqual([]);
  });
});
