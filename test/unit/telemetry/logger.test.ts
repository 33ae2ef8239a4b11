import { describe, expect, it } from 'vitest';
import { createLogger, type LoggerOptions } from '../../../src/telemetry/logger.ts';
import { FakeClock } from '../../support/fake-clock.ts';

interface Captured {
  readonly lines: string[];
  readonly destination: LoggerOptions['destination'];
}

function capture(): Captured {
  const lines: string[] = [];
  return { lines, destination: { write: (line) => void lines.push(line) } };
}

async function logged(fields: object, message = 'Delivered a Secret'): Promise<Record<string, unknown>> {
  const { lines, destination } = capture();
  const logger = await createLogger({ level: 'info', format: 'json', clock: new FakeClock(), destination });
  logger.info(fields, message);
  return JSON.parse(lines.join('')) as Record<string, unknown>;
}

describe('createLogger', () => {
  it('writes one line of JSON with level name, ISO time, fields and message', async () => {
    const fields = { controller: 'api-key', namespace: 'payments-config', name: 'checkout', reconcileID: 'r1' };
    expect(await logged(fields)).toEqual({
      level: 'info',
      time: '2027-01-01T00:00:00.000Z',
      ...fields,
      msg: 'Delivered a Secret',
    });
  });

  it('leaves out what is below the level', async () => {
    const { lines, destination } = capture();
    const logger = await createLogger({ level: 'warn', format: 'json', clock: new FakeClock(), destination });
    logger.info({}, 'Quiet');
    logger.debug({}, 'Quiet');
    logger.error({}, 'Loud');
    expect(lines).toHaveLength(1);
  });

  it('writes an error with its type and message, without its secret fields', async () => {
    const err = Object.assign(new TypeError('Failed'), { status: 409, body: 'hunter2' });
    const line = await logged({ err });
    expect(line['err']).toMatchObject({ type: 'TypeError', message: 'Failed', status: 409, body: '[redacted]' });
  });

  it('scrubs tokens out of messages and error texts', async () => {
    const token = 'sk_live_0123456789ab_2rAqvm2hjyqHMt2W0dTSnpZlxYw6NPYIQ1Uqi3admBP0HJpeJ';
    const line = await logged({ err: new Error(`Refused ${token}`) }, `Read ${token}`);
    expect(line['msg']).toBe('Read sk_live_0123456789ab_***');
    expect(JSON.stringify(line)).not.toContain('2rAqvm');
  });

  it('writes text for people when asked to, with the same nets', async () => {
    const { lines, destination } = capture();
    const logger = await createLogger({ level: 'info', format: 'pretty', clock: new FakeClock(), destination });
    logger.info({ controller: 'api-key', token: 'hunter2' }, 'Delivered a Secret');
    const text = lines.join('');
    expect(text).toContain('Delivered a Secret');
    expect(text).toContain('api-key');
    expect(text).not.toContain('hunter2');
    expect(text).not.toMatch(/^\{/);
  });
});
