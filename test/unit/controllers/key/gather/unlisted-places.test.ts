import { describe, expect, test } from 'vitest';
import { withUnlistedPlaces } from '../../../../../src/controllers/key/gather/unlisted-places.ts';
import { ApiError } from '../../../../../src/kube/errors/api-error.ts';
import { apiKeyOf, settled } from '../../../../support/facts.ts';
import type { KeyObjectFacts } from '../../../../../src/controllers/planning/key-rules.ts';
import type { KeyPorts } from '../../../../../src/controllers/shared/ports.ts';

const { signal } = new AbortController();

/** Nothing was ever listed in `unlisted`, and a read there is answered by `status`. */
async function looked(
  facts: Partial<KeyObjectFacts>,
  { unlisted = '', status = 404 }: { readonly unlisted?: string; readonly status?: number } = {},
): Promise<{ readonly facts: KeyObjectFacts; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const ports = {
    caches: { secrets: { hasListed: (namespace: string) => namespace !== unlisted } },
    placeClient: {
      get: (_resource: unknown, { namespace }: { readonly namespace: string }) => {
        asked.push(namespace);
        return Promise.reject(new ApiError({ status, reason: status === 404 ? 'NotFound' : '', message: '' }));
      },
    },
    installation: { macContext: undefined },
  } as unknown as KeyPorts;
  const given: KeyObjectFacts = { ...settled(), statusIsSigned: false, ...facts };
  return { facts: await withUnlistedPlaces(ports, given, signal), asked };
}

describe('withUnlistedPlaces, of a key whose status proves nothing', () => {
  test('reads what no list has shown, and tells what is there', async () => {
    const { facts, asked } = await looked({}, { unlisted: 'payments-prod-eu' });
    expect(asked).toEqual(['payments-prod-eu']);
    expect(facts.observations.get('payments-prod-eu/checkout')).toEqual({ kind: 'Absent', live: true });
  });

  test.each([403, 500])('stops where that cannot be read (%i)', async (status) => {
    await expect(looked({}, { unlisted: 'payments-prod-eu', status })).rejects.toMatchObject({
      code: 'KW_PLACES_UNSEEN',
      message: expect.stringContaining('"payments-prod-eu"') as string,
    });
  });

  test.each<[string, Partial<KeyObjectFacts>]>([
    ['whose status is signed', { statusIsSigned: true }],
    ['that is gone', { object: undefined }],
    ['that is going', { object: { ...apiKeyOf(), metadata: { ...apiKeyOf().metadata, deletionTimestamp: 'now' } } }],
  ])('asks nothing about one %s', async (_what, facts) => {
    const { asked } = await looked(facts, { unlisted: 'payments-prod-eu', status: 403 });
    expect(asked).toEqual([]);
  });

  test('asks nothing where everything was listed', async () => {
    expect((await looked({})).asked).toEqual([]);
  });
});
