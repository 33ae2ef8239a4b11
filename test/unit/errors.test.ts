import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Reason } from '../../src/api/conditions.ts';
import { errorCatalogue, KeywrightError, type ErrorCode } from '../../src/errors.ts';

const page = readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8');
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section): [string, string] => [section.slice(0, section.indexOf('\n')), section]),
);
const codes = Object.keys(errorCatalogue) as ErrorCode[];

describe('errorCatalogue', () => {
  test('has a section in docs/reference/errors.md for each code, and the page has no other', () => {
    expect([...sections.keys()]).toEqual(codes.toSorted());
  });

  test.each(codes)('tells reason and retry of %s as its section does', (code) => {
    const { reason, retry } = errorCatalogue[code];
    const howRetried = typeof retry === 'object' ? `${retry.afterMs} ms` : retry;
    expect(sections.get(code)).toContain(`Reason \`${reason}\`, retry \`${howRetried}\`.`);
  });

  test.each(codes)('gives %s a reason that a condition may carry', (code) => {
    expect(Object.keys(Reason)).toContain(errorCatalogue[code].reason);
  });

  test.each(codes)('names codes like %s in one style', (code) => {
    expect(code).toMatch(/^KW_[A-Z]+(_[A-Z]+)*$/);
  });
});

describe('KeywrightError', () => {
  const cause = new Error('from below');
  const error = new KeywrightError('KW_MATERIAL_UNREADABLE', { environment: 'production', version: 3 }, { cause });

  test('takes code, reason, retry and words from the catalogue', () => {
    expect(error).toMatchObject({
      name: 'KeywrightError',
      code: 'KW_MATERIAL_UNREADABLE',
      reason: 'RecordInvalid',
      retry: 'terminal',
      cause,
    });
    expect(error.message).toBe(
      'The sealed material of version 3 in environment "production" does not open; restore the record and the keyring from the same backup',
    );
  });

  test.each([
    {
      made: new KeywrightError('KW_PLAN_UNSETTLED', { lastStep: 'Deliver' }),
      want: 'The plan did not settle (last step Deliver); please report this with the operator log',
    },
    {
      made: new KeywrightError('KW_OBJECT_CHANGED', { kind: 'ApiKey' }),
      want: 'The ApiKey changed while it was being reconciled; this is retried',
    },
    {
      made: new KeywrightError('KW_RECORD_TOO_LARGE', { limitBytes: 716_800 }),
      want: "The key's record would exceed 700 KiB, so nothing was minted; declare fewer environments, namespaces or outputs, or smaller imports",
    },
    {
      made: new KeywrightError('KW_DELIVERY_INCOMPLETE', { places: 2 }),
      want: '2 Secrets could not be read, written or deleted; status names the namespaces, and this is retried',
    },
    {
      made: new KeywrightError('KW_SOURCE_CHANGED', { environment: 'staging' }),
      want: 'The Secret to copy from in environment "staging" changed meanwhile; this is retried',
    },
    {
      made: new KeywrightError('KW_RECORD_REFUSED', { status: 403 }),
      want: "The API server does not store the key's record (403); check roles, quotas and admission policies of the operator's namespace",
    },
    {
      made: new KeywrightError('KW_RECORD_UNREADABLE', {}),
      want: "The key's record does not open, so nothing can be added to it; restore the record and the keyring from the same backup",
    },
    {
      made: new KeywrightError('KW_KEK_UNAVAILABLE', {}),
      want: 'The provider of key encryption keys does not answer; this is retried until it does',
    },
    {
      made: new KeywrightError('KW_REQUEST_REFUSED', { status: 422 }),
      want: 'The API server refuses a request of the operator (422); check its roles, and admission policies for its account',
    },
    {
      made: new KeywrightError('KW_SERVER_UNAVAILABLE', {}),
      want: 'The API server does not answer as it should; this is retried until it does',
    },
    {
      made: new KeywrightError('KW_UNEXPECTED', {}),
      want: 'The operator failed unexpectedly and retries; please report this with the lines of its log that name this object',
    },
  ])('says: $want', ({ made, want }) => {
    expect(made.message).toBe(want);
  });
});
