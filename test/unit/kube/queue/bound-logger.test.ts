import { expect, test } from 'vitest';
import { bindFields } from '../../../../src/kube/queue/bound-logger.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

test.each(['debug', 'info', 'warn', 'error'] as const)('bindFields adds its fields to each %s line', (level) => {
  const logger = new RecordingLogger();
  bindFields(logger, { controller: 'api-key', key: 'bound' })[level]({ key: 'own', count: 1 }, 'Said something');
  expect(logger.lines).toEqual([
    { level, message: 'Said something', fields: { controller: 'api-key', key: 'own', count: 1 } },
  ]);
});
