import { expect, test } from 'vitest';
import { ApiError, ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import { listPages } from '../../../../src/kube/cache/list-pages.ts';
import { SECRETS } from '../../../../src/kube/objects/resource.ts';
import { FedClient, at } from '../../../support/fed-client.ts';

const expired = new ApiError({ status: 410, reason: 'Expired', message: 'scripted' });

async function namesListed(
  client: FedClient,
  pageSize: number = 2,
): Promise<{ readonly names: readonly string[]; readonly from: string }> {
  let names: string[] = [];
  const from = await listPages({
    client,
    resource: SECRETS,
    selection: { namespace: 'default', labelSelector: 'x=y' },
    pageSize,
    onPage: (items) => names.push(...items.map((item) => item.metadata.name)),
    onRestart: () => (names = []),
    signal: new AbortController().signal,
  });
  return { names, from };
}

test('listPages asks for page after page with the same selection', async () => {
  const client = new FedClient();
  client.onList = (_, index) =>
    index === 0
      ? { items: [at('a', 1), at('b', 2)], resourceVersion: '9', continueToken: 'more' }
      : { items: [at('c', 3)], resourceVersion: '9' };
  expect(await namesListed(client)).toEqual({ names: ['a', 'b', 'c'], from: '9' });
  expect(client.lists).toMatchObject([
    { namespace: 'default', labelSelector: 'x=y', limit: 2 },
    { namespace: 'default', labelSelector: 'x=y', limit: 2, continueToken: 'more' },
  ]);
});

test('listPages starts again unpaged when its continue token has expired', async () => {
  const client = new FedClient();
  client.onList = ({ continueToken, limit }) => {
    if (continueToken !== undefined) throw expired;
    if (limit !== undefined) return { items: [at('gone', 1)], resourceVersion: '9', continueToken: 'old' };
    return { items: [at('a', 1), at('b', 2), at('c', 3)], resourceVersion: '12' };
  };
  expect(await namesListed(client)).toEqual({ names: ['a', 'b', 'c'], from: '12' });
  expect(client.lists.map(({ limit }) => limit)).toEqual([2, 2, undefined]);
});

test('listPages passes on a failure of any other kind', async () => {
  const client = new FedClient();
  client.onList = () => {
    throw new ApiError({ status: 500, reason: 'InternalError', message: 'scripted' });
  };
  await expect(namesListed(client)).rejects.toMatchObject({ status: 500 });
});

const tooLarge = new ConnectionError('too-large', 'scripted');

test('listPages halves its pages while their objects are too large for an answer', async () => {
  const client = new FedClient();
  const names = ['a', 'b', 'c', 'd', 'e'];
  client.onList = ({ continueToken = '0', limit = Infinity }) => {
    if (limit > 2) throw tooLarge;
    const from = Number(continueToken);
    const items = names.slice(from, from + limit).map((name, index) => at(name, from + index + 1));
    const next = from + items.length;
    return { items, resourceVersion: '9', ...(next < names.length && { continueToken: String(next) }) };
  };
  expect(await namesListed(client, 5)).toEqual({ names, from: '9' });
  expect(client.lists.map(({ limit }) => limit)).toEqual([5, 2, 2, 2]);
});

test('listPages gives up on a single object that is too large', async () => {
  const client = new FedClient();
  client.onList = () => {
    throw tooLarge;
  };
  await expect(namesListed(client, 5)).rejects.toBe(tooLarge);
  expect(client.lists.map(({ limit }) => limit)).toEqual([5, 2, 1]);
});
