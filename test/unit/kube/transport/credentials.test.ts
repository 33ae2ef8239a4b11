import { expect, test } from 'vitest';
import {
  cachedCredentials,
  type Identity,
  staticCredentials,
  tokenFileCredentials,
} from '../../../../src/kube/transport/credentials.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** A file that tests rewrite, and that counts its readings. */
function tokenFile(content: string | Error) {
  const clock = new FakeClock();
  const file = { content, reads: 0 };
  const readFile = async (): Promise<string> => {
    file.reads += 1;
    await clock.sleep(1);
    if (file.content instanceof Error) throw file.content;
    return file.content;
  };
  const credentials = tokenFileCredentials({ path: '/run/token', readFile, clock });
  /** Runs `ask` while the fake disk answers. */
  async function settled<T>(ask: Promise<T>): Promise<T> {
    ask.catch(() => {});
    await clock.advance(1);
    return ask;
  }
  return { clock, file, credentials, settled };
}

const missing = Object.assign(new Error("ENOENT: no such file or directory, open '/run/token'"), { code: 'ENOENT' });
const bearer = (token: string): Identity => ({ headers: { authorization: `Bearer ${token}` } });

test('tokenFileCredentials reads the file once for all who ask at once', async () => {
  const { file, credentials, settled } = tokenFile('one\n');
  const both = await settled(Promise.all([credentials.current(), credentials.current()]));
  expect(both).toEqual([bearer('one'), bearer('one')]);
  expect(file.reads).toBe(1);
});

test('tokenFileCredentials reads the file again after 60 s and not before', async () => {
  const { clock, file, credentials, settled } = tokenFile('one');
  await settled(credentials.current());
  file.content = 'two';
  await clock.advance(59_998);
  expect(await settled(credentials.current())).toEqual(bearer('one'));
  await clock.advance(1);
  expect(await settled(credentials.current())).toEqual(bearer('two'));
  expect(file.reads).toBe(2);
});

test('tokenFileCredentials keeps the last token while the file cannot be read', async () => {
  const { clock, file, credentials, settled } = tokenFile('one');
  await settled(credentials.current());
  file.content = missing;
  await clock.advance(60_000);
  expect(await settled(credentials.current())).toEqual(bearer('one'));
});

test('tokenFileCredentials rejects as long as there never was a token', async () => {
  const { file, credentials, settled } = tokenFile(missing);
  await expect(settled(credentials.current())).rejects.toMatchObject({
    name: 'ConnectionError',
    code: 'credentials',
    message: 'Could not read /run/token: there is no such file',
  });
  file.content = 'one';
  expect(await settled(credentials.current())).toEqual(bearer('one'));
});

test('tokenFileCredentials renews a rejected token by reading the file', async () => {
  const { file, credentials, settled } = tokenFile('one');
  const rejected = await settled(credentials.current());
  file.content = 'two';
  expect(await settled(credentials.renewed(rejected))).toEqual(bearer('two'));
  expect(await credentials.current()).toEqual(bearer('two'));
});

test('tokenFileCredentials hands out a newer token without reading when an older one was rejected', async () => {
  const { file, credentials, settled } = tokenFile('one');
  const rejected = await settled(credentials.current());
  file.content = 'two';
  await settled(credentials.renewed(rejected));
  expect(await credentials.renewed(rejected)).toEqual(bearer('two'));
  expect(file.reads).toBe(2);
});

test('tokenFileCredentials returns the rejected identity itself when the file has not changed', async () => {
  const { credentials, settled } = tokenFile('one');
  const rejected = await settled(credentials.current());
  expect(await settled(credentials.renewed(rejected))).toBe(rejected);
});

test('tokenFileCredentials returns the rejected identity itself when the file cannot be read', async () => {
  const { file, credentials, settled } = tokenFile('one');
  const rejected = await settled(credentials.current());
  file.content = missing;
  expect(await settled(credentials.renewed(rejected))).toBe(rejected);
});

test.each(['', ' \n', 'hunter2\nInjected: yes', 'hunter2\u0000', 'hünter2'])(
  'tokenFileCredentials refuses %j, which cannot stand in a header, without quoting it',
  async (content) => {
    const { credentials, settled } = tokenFile(content);
    const error: unknown = await settled(credentials.current()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'credentials' });
    expect(String(error)).not.toMatch(/h.nter2/);
  },
);

test('cachedCredentials tells its source that the last identity was rejected', async () => {
  const asked: boolean[] = [];
  const load = async ({ rejected }: { rejected: boolean }): Promise<Identity> => {
    asked.push(rejected);
    return bearer(`token-${asked.length}`);
  };
  const credentials = cachedCredentials({ load, maxAgeMs: 1_000, clock: new FakeClock() });
  const first = await credentials.current();
  expect(await credentials.renewed(first)).toEqual(bearer('token-2'));
  expect(asked).toEqual([false, true]);
});

test('staticCredentials have nothing better to offer after a 401', async () => {
  const credentials = staticCredentials(bearer('fixed'));
  const identity = await credentials.current();
  expect(identity).toEqual(bearer('fixed'));
  expect(await credentials.renewed(identity)).toBe(identity);
});
