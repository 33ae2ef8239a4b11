import { describe, expect, test } from 'vitest';
import type { KeyProject } from '../../../../src/api/generated/key-project.ts';
import { INSTALLATION_ANNOTATION } from '../../../../src/api/labels.ts';
import type { KeyProjectFacts } from '../../../../src/controllers/key-project/facts.ts';
import { planKeyProject, REPORT_INTERVAL_MS } from '../../../../src/controllers/key-project/plan.ts';
import { hoursFromNow, INSTALLATION, keyProjectOf, NOW } from '../../../support/facts.ts';
import { reportedProject, settledProject } from './settled-project.ts';

const NOTHING = { step: undefined, laterMs: undefined };
const REPORT = { step: { kind: 'WriteStatus' }, laterMs: undefined };
const { finalizers: _held, ...unheld } = keyProjectOf().metadata;
const { annotations: _claim, ...unclaimed } = keyProjectOf().metadata;
const deleting = { ...keyProjectOf().metadata, deletionTimestamp: hoursFromNow(0) };
const claimedBy = (id: string, more: Partial<KeyProject['metadata']> = {}): KeyProject['metadata'] => ({
  ...keyProjectOf().metadata,
  annotations: { [INSTALLATION_ANNOTATION]: id },
  ...more,
});

/** Metadata changes; status stays as it was reported. */
function withMetadata(metadata: KeyProject['metadata']): Pick<KeyProjectFacts, 'project'> {
  return { project: { ...settledProject().project, metadata } };
}

function neverReported(metadata: KeyProject['metadata'], installation?: string): Pick<KeyProjectFacts, 'project'> {
  return {
    project: { ...keyProjectOf({}, { metadata }), ...(installation !== undefined && { status: { installation } }) },
  };
}

function plan(given: Partial<KeyProjectFacts>): ReturnType<typeof planKeyProject> {
  return planKeyProject(settledProject(given));
}

describe('planKeyProject', () => {
  test('plans nothing for a claimed and reported project', () => {
    expect(plan({})).toEqual(NOTHING);
  });

  test.each<{ name: string; given: Partial<KeyProjectFacts> }>([
    { name: 'a project that nobody claimed', given: neverReported(unclaimed) },
    { name: 'one that lost its claim, which status remembers', given: withMetadata(unclaimed) },
    { name: 'one that lost our finalizer', given: withMetadata(unheld) },
    { name: 'one handed over to this installation', given: neverReported(unheld, INSTALLATION) },
  ])('claims $name', ({ given }) => {
    expect(plan(given)).toEqual({ step: { kind: 'Claim' }, laterMs: undefined });
  });

  test('claims nothing while the installation cannot be read, and reports that', () => {
    const given = { installation: undefined, health: 'InstallationMissing', ...withMetadata(unclaimed) } as const;
    expect(plan(given)).toMatchObject(REPORT);
  });

  describe('about a project of another installation', () => {
    test.each<{ name: string; given: Partial<KeyProjectFacts> }>([
      { name: 'once its owner has reported', given: neverReported(claimedBy('other'), 'other') },
      {
        name: 'in the first minute, in which its owner may report',
        given: neverReported(claimedBy('other', { creationTimestamp: hoursFromNow(-0.01) })),
      },
      { name: 'that status alone remembers', given: neverReported(unclaimed, 'other') },
    ])('is silent $name', ({ given }) => {
      expect(plan(given)).toEqual(NOTHING);
    });

    test('says so when its owner is silent', () => {
      expect(plan(neverReported(claimedBy('other')))).toMatchObject(REPORT);
    });

    test('says so once when it was handed over, and goes on holding nothing', () => {
      const leaving = settledProject(withMetadata(claimedBy('other')));
      const { step } = planKeyProject(leaving);
      expect(step?.kind).toBe('WriteStatus');
      const status = step?.kind === 'WriteStatus' ? step.status : {};
      expect(status.conditions).toMatchObject([
        { type: 'Ready', status: 'False', reason: 'ClaimedElsewhere' },
        { type: 'Accepted', status: 'False', reason: 'ClaimedElsewhere' },
        { type: 'Stalled', status: 'True', reason: 'ClaimedElsewhere' },
      ]);
      expect(planKeyProject({ ...leaving, project: { ...leaving.project, status } })).toEqual(NOTHING);
    });

    describe('that is being deleted', () => {
      const metadata = claimedBy('other', { deletionTimestamp: hoursFromNow(0) });

      test.each<{ name: string; given: Partial<KeyProjectFacts> }>([
        { name: 'it was handed over and its owner never reported', given: neverReported(metadata, INSTALLATION) },
        { name: 'keys of ours remember it', given: { ...neverReported(metadata), activeRecords: 2 } },
        { name: 'the CRD goes with it', given: { ...neverReported(metadata, 'other'), kindIsTerminating: true } },
      ])('lets it go when $name', ({ given }) => {
        expect(plan({ activeRecords: 0, ...given })).toEqual({ step: { kind: 'RemoveFinalizer' }, laterMs: undefined });
      });

      test.each<{ name: string; given: Partial<KeyProjectFacts> }>([
        { name: 'its owner reported', given: { ...neverReported(metadata, 'other'), activeRecords: 2 } },
        { name: 'a third installation had it', given: neverReported(metadata, 'third') },
        { name: 'nobody ever reported', given: neverReported(metadata) },
        {
          name: 'our records cannot be read',
          given: { ...neverReported(metadata, INSTALLATION), health: 'KEKMissing' },
        },
        {
          name: 'our finalizer is not on it',
          given: neverReported({ ...metadata, finalizers: [] }, INSTALLATION),
        },
      ])('does not touch its finalizer when $name', ({ given }) => {
        expect(plan({ activeRecords: 0, ...given }).step?.kind).not.toBe('RemoveFinalizer');
      });
    });
  });

  describe('for a project that is being deleted', () => {
    const given = { ...withMetadata(deleting), activeRecords: 0 };

    test('lets go when no record uses it', () => {
      expect(plan(given)).toEqual({ step: { kind: 'RemoveFinalizer' }, laterMs: undefined });
    });

    test('lets go although records use it when the CRD goes with it', () => {
      expect(plan({ ...given, activeRecords: 2, kindIsTerminating: true }).step).toEqual({ kind: 'RemoveFinalizer' });
    });

    test.each<{ name: string; more: Partial<KeyProjectFacts> }>([
      { name: 'keys with a record use it', more: { activeRecords: 2 } },
      { name: 'records cannot be read', more: { health: 'KEKMissing' } },
      {
        name: 'records cannot be read and the CRD goes with it',
        more: { health: 'KEKMissing', kindIsTerminating: true },
      },
    ])('holds it while $name, and reports that', ({ more }) => {
      expect(plan({ ...given, ...more })).toMatchObject(REPORT);
    });

    test('has nothing to say without our finalizer', () => {
      expect(plan(withMetadata({ ...deleting, finalizers: [] }))).toEqual(NOTHING);
    });

    test('does not claim it', () => {
      expect(plan({ ...withMetadata({ ...deleting, annotations: {} }), activeRecords: 1 })).toMatchObject(REPORT);
    });
  });

  describe('reports', () => {
    const more = { keys: [{ kind: 'ApiKey', state: 'Active', count: 2 }] };

    test('counts at once when it has not reported lately', () => {
      expect(plan({ ...more, sinceReportMs: undefined })).toMatchObject(REPORT);
      expect(plan({ ...more, sinceReportMs: REPORT_INTERVAL_MS })).toMatchObject(REPORT);
    });

    test('counts later when it has: a wave of keys is one report', () => {
      expect(plan({ ...more, sinceReportMs: 2_000 })).toEqual({ step: undefined, laterMs: 3_000 });
    });

    test('anything but counts at once', () => {
      const environments = settledProject().environments.slice(0, 1);
      expect(plan({ ...more, environments, sinceReportMs: 2_000 })).toMatchObject(REPORT);
    });

    test('nothing twice', () => {
      expect(planKeyProject(reportedProject(settledProject(more)))).toEqual(NOTHING);
      expect(
        planKeyProject({ ...reportedProject(settledProject(more)), now: new Date(NOW.getTime() + 9_000) }),
      ).toEqual(NOTHING);
    });
  });
});
