import { describe, expect, it } from 'vitest';
import { redactFields } from '../../../src/telemetry/redact.ts';

describe('redactFields', () => {
  it.each([
    { token: 'hunter2' },
    { data: { token: 'hunter2' } },
    { stringData: { any: 'hunter2' } },
    { headers: { authorization: 'Bearer hunter2' } },
    { headers: { AUTHORIZATION: 'Bearer hunter2' } },
    { a: { b: { c: { passphrase: 'hunter2' } } } },
    { a: { b: { c: { d: { e: { f: { plain: 'hunter2' } } } } } } },
    { secrets: [{ data: 'hunter2' }] },
    { list: [[{ secret: 'hunter2' }]] },
    { err: Object.assign(new Error('Failed'), { body: 'hunter2' }) },
    { err: Object.assign(new Error('Failed'), { request: { headers: { authorization: 'hunter2' } } }) },
    { err: new Error('Failed', { cause: Object.assign(new Error('Inner'), { token: 'hunter2' }) }) },
    { err: new AggregateError([Object.assign(new Error('Inner'), { token: 'hunter2' })], 'Failed') },
    { bytes: Buffer.from('hunter2') },
    { bytes: new TextEncoder().encode('hunter2') },
  ])('keeps the material out of %j', (fields) => {
    const text = JSON.stringify(redactFields(fields));
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('104,117');
  });

  it('keeps everything else as it is', () => {
    const fields = { name: 'checkout', version: 3, at: new Date(0), list: ['a', { b: null }], none: undefined };
    expect(redactFields(fields)).toEqual(fields);
  });

  it('does not change what it was given', () => {
    const fields = { data: { token: 'hunter2' } };
    redactFields(fields);
    expect(fields).toEqual({ data: { token: 'hunter2' } });
  });

  it('ends on an object that holds itself', () => {
    const fields: Record<string, unknown> = { name: 'checkout' };
    fields['self'] = fields;
    expect(JSON.stringify(redactFields(fields))).toContain('[too deep]');
  });
});
