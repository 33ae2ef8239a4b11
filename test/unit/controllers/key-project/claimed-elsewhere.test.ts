import { expect, test } from 'vitest';
import { INSTALLATION_ANNOTATION } from '../../../../src/api/labels.ts';
import { ClaimedElsewhere } from '../../../../src/controllers/key-project/claimed-elsewhere.ts';
import type { KeyProjectFacts } from '../../../../src/controllers/key-project/facts.ts';
import type { KeyEvent } from '../../../../src/controllers/shared/key-events.ts';
import { INSTALLATION, keyProjectOf } from '../../../support/facts.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';
import { settledProject } from './settled-project.ts';

function watched() {
  const events: KeyEvent[] = [];
  const counts: number[] = [];
  const logger = new RecordingLogger();
  const elsewhere = new ClaimedElsewhere({
    events: { record: (_regarding, event) => void events.push(event) },
    logger,
    setCount: (count) => void counts.push(count),
  });
  return { elsewhere, events, counts, logger };
}

/** Reported as well by its owner, who may be gone. */
function claimedBy(owner: string): KeyProjectFacts {
  const metadata = { name: 'payments', annotations: { [INSTALLATION_ANNOTATION]: owner } };
  return settledProject({ project: keyProjectOf({}, { metadata, status: { installation: owner } }) });
}

test('ClaimedElsewhere tells of a project once for each owner, with both ids and the remedy, in an event and in the log', () => {
  const { elsewhere, events, logger } = watched();
  elsewhere.observe('payments', claimedBy('lost'));
  elsewhere.observe('payments', claimedBy('lost'));
  const remedy = `kubectl annotate keyproject payments keywright.dev/installation=${INSTALLATION} --overwrite`;
  expect(events).toEqual([
    {
      type: 'Warning',
      reason: 'ClaimedElsewhere',
      action: 'Reconcile',
      note: `Installation "lost" has this project; this one is "${INSTALLATION}" and leaves it and its keys alone. If that one is lost, restore its backup, or take the project over: ${remedy}`,
    },
  ]);
  expect(logger.lines).toMatchObject([
    { level: 'warn', fields: { project: 'payments', owner: 'lost', installation: INSTALLATION } },
  ]);
  expect(logger.text).toContain(remedy);

  elsewhere.observe('payments', claimedBy('third'));
  expect(events).toHaveLength(2);
});

test('ClaimedElsewhere counts a project until it is ours or gone', () => {
  const { elsewhere, counts } = watched();
  elsewhere.observe('payments', claimedBy('other'));
  elsewhere.observe('billing', claimedBy('other'));
  elsewhere.observe('payments', settledProject());
  elsewhere.observe('billing', undefined);
  expect(counts).toEqual([1, 2, 1, 0]);
});

test.each<{ name: string; facts: KeyProjectFacts }>([
  { name: 'a project of its own', facts: settledProject() },
  { name: 'one that nobody has', facts: settledProject({ project: keyProjectOf({}, { metadata: { name: 'x' } }) }) },
  { name: 'one of anybody while its own id cannot be read', facts: { ...claimedBy('other'), installation: undefined } },
])('ClaimedElsewhere says nothing of $name', ({ facts }) => {
  const { elsewhere, events, counts } = watched();
  elsewhere.observe('x', facts);
  expect([events, counts]).toEqual([[], []]);
});
