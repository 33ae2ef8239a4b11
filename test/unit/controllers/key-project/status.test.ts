import { describe, expect, test } from 'vitest';
import type { KeyProjectStatus } from '../../../../src/api/generated/key-project.ts';
import type { KeyProjectFacts } from '../../../../src/controllers/key-project/facts.ts';
import {
  elsewhereStatus,
  failedStatus,
  graceEndsAt,
  isReported,
  isUrgent,
  projectStatus,
} from '../../../../src/controllers/key-project/status.ts';
import { KeywrightError } from '../../../../src/errors.ts';
import {
  mapEnvironments,
  type KnownNamespace,
  type MappedEnvironment,
} from '../../../../src/controllers/planning/targets.ts';
import { clusterOf, EU, hoursFromNow, INSTALLATION, keyProjectOf, NOW, STAGING, US } from '../../../support/facts.ts';
import { settledProject } from './settled-project.ts';

const young = { metadata: { ...keyProjectOf().metadata, creationTimestamp: hoursFromNow(-0.01) } };

function mapped(cluster: ReadonlyMap<string, KnownNamespace>): { readonly environments: readonly MappedEnvironment[] } {
  return { environments: mapEnvironments(keyProjectOf().spec.environments, cluster, 'operator') };
}

const reserved = {
  environments: mapEnvironments(
    [{ name: 'production', namespaces: ['operator'] }],
    clusterOf({ operator: {} }),
    'operator',
  ),
};

/** Conditions by type, as [status, reason, message]. */
function conditions(given: Partial<KeyProjectFacts>): Readonly<Record<string, readonly string[]>> {
  const { conditions: shown = [] } = projectStatus(settledProject(given));
  return Object.fromEntries(shown.map(({ type, status, reason, message }) => [type, [status, reason, message]]));
}

describe('projectStatus', () => {
  test('reports environments, keys and the installation', () => {
    const { conditions: shown, ...rest } = projectStatus(settledProject());
    expect(shown?.map(({ type }) => type)).toEqual(['Ready', 'Accepted']);
    expect(rest).toEqual({
      observedGeneration: 1,
      installation: INSTALLATION,
      importKey: { fingerprint: 'ab'.repeat(20) },
      environments: [
        {
          name: 'staging',
          counts: { live: 1, missing: 0, terminating: 0 },
          live: [STAGING],
          missing: [],
          terminating: [],
        },
        {
          name: 'production',
          counts: { live: 2, missing: 0, terminating: 0 },
          live: [EU, US],
          missing: [],
          terminating: [],
        },
      ],
      keys: [{ kind: 'ApiKey', state: 'Active', count: 1 }],
    });
  });

  test('keeps the fingerprint of the import key while that is not known', () => {
    const known = { fingerprint: 'ab'.repeat(20) };
    expect(projectStatus(settledProject({ importKey: undefined })).importKey).toEqual(known);
    expect(projectStatus(settledProject({ importKey: 'cd'.repeat(20) })).importKey).not.toEqual(known);
    expect(projectStatus(settledProject({ importKey: undefined, project: keyProjectOf() }))).not.toHaveProperty(
      'importKey',
    );
  });

  test("counts the operator's own namespace nowhere", () => {
    expect(projectStatus(settledProject(reserved)).environments).toEqual([
      { name: 'production', counts: { live: 0, missing: 0, terminating: 0 }, live: [], missing: [], terminating: [] },
    ]);
  });

  test('tells namespaces apart', () => {
    const { environments } = projectStatus(
      settledProject(mapped(clusterOf({ [EU]: undefined, [US]: { terminating: true } }))),
    );
    expect(environments?.[1]).toEqual({
      name: 'production',
      counts: { live: 0, missing: 1, terminating: 1 },
      live: [],
      missing: [EU],
      terminating: [US],
    });
  });

  test('names 32 namespaces of a state and counts them all', () => {
    const names = Array.from({ length: 40 }, (_, index) => `ns-${index}`);
    const environments = mapEnvironments([{ name: 'production', namespaces: names }], new Map(), 'operator');
    const [shown] = projectStatus(settledProject({ environments })).environments ?? [];
    expect(shown?.counts.missing).toBe(40);
    expect(shown?.missing).toEqual(names.slice(0, 32));
  });

  test('keeps the installation it knew while it cannot be read', () => {
    expect(projectStatus(settledProject({ installation: undefined, health: 'InstallationMissing' })).installation).toBe(
      INSTALLATION,
    );
  });

  test('is Ready when every namespace is there', () => {
    expect(conditions({})).toEqual({
      Ready: ['True', 'Mapped', 'Every namespace is there'],
      Accepted: ['True', 'Valid', 'Claimed by this installation'],
    });
  });

  test.each<{
    name: string;
    given: Partial<KeyProjectFacts>;
    ready: readonly string[];
    beside?: 'Stalled' | 'Reconciling';
  }>([
    {
      name: 'a missing namespace of a young project',
      given: { ...mapped(clusterOf({ [EU]: undefined })), project: keyProjectOf({}, young) },
      ready: [
        'Unknown',
        'NamespaceMissing',
        'Environment "production": namespace "payments-prod-eu" does not exist; create it, or take it out',
      ],
      beside: 'Reconciling',
    },
    {
      name: 'a missing namespace',
      given: mapped(clusterOf({ [EU]: undefined })),
      ready: [
        'False',
        'NamespaceMissing',
        'Environment "production": namespace "payments-prod-eu" does not exist; create it, or take it out',
      ],
    },
    {
      name: 'a terminating namespace',
      given: mapped(clusterOf({ [US]: { terminating: true } })),
      ready: [
        'False',
        'NamespaceTerminating',
        'Environment "production": namespace "payments-prod-us" is being deleted; create it again once it is gone, or take it out',
      ],
    },
    {
      name: 'a namespace in two environments',
      given: {
        environments: mapEnvironments(
          [
            { name: 'staging', namespaces: [EU] },
            { name: 'production', namespaces: [EU, 'missing'] },
          ],
          clusterOf(),
          'operator',
        ),
      },
      ready: [
        'False',
        'NamespaceTaken',
        'Namespace "payments-prod-eu" is selected by environment "production" and by an earlier one, which has it; take it out of one of them',
      ],
      beside: 'Stalled',
    },
    {
      name: "the operator's own namespace",
      given: reserved,
      ready: [
        'False',
        'NamespaceReserved',
        'Environment "production": namespace "operator" is the operator\'s own and never served; take it out',
      ],
      beside: 'Stalled',
    },
    {
      name: 'a deletion that keys hold up',
      given: {
        project: keyProjectOf({}, { metadata: { ...keyProjectOf().metadata, deletionTimestamp: hoursFromNow(0) } }),
        activeRecords: 3,
      },
      ready: [
        'False',
        'InUse',
        'Keys that use this project hold it: 3; they stay as they are, and it goes when they are deleted. To keep it, take its finalizer off and apply it again',
      ],
    },
    {
      name: 'a deletion that orphans hold up',
      given: {
        project: keyProjectOf({}, { metadata: { ...keyProjectOf().metadata, deletionTimestamp: hoursFromNow(0) } }),
        activeRecords: 3,
        orphans: 2,
      },
      ready: [
        'False',
        'InUse',
        'Keys that use this project hold it: 3; they stay as they are, and it goes when they are deleted; orphans, gone without a deletion: 2, for which records have to be annotated with keywright.dev/withdraw, or the keys applied again and deleted. To keep it, take its finalizer off and apply it again',
      ],
    },
    {
      name: 'a selector where the operator works in named namespaces only',
      given: {
        isNamespaced: true,
        project: keyProjectOf({
          environments: [{ name: 'production', namespaceSelector: { matchLabels: { a: 'b' } } }],
        }),
      },
      ready: [
        'False',
        'SelectorNotServed',
        'Environment "production" selects namespaces by label, and this installation works in named ones only; list them in namespaces, or install it for the whole cluster',
      ],
      beside: 'Stalled',
    },
    {
      name: 'an installation that cannot be read',
      given: { health: 'KEKMissing', ...mapped(clusterOf({ [EU]: undefined })) },
      ready: [
        'False',
        'KEKMissing',
        'The Secret keywright-keyring is missing, or opens no record; restore it from a backup, or make it if you keep it',
      ],
      beside: 'Stalled',
    },
  ])('tells of $name', ({ given, ready, beside }) => {
    const { Ready, Accepted, ...rest } = conditions(given);
    expect(Ready).toEqual(ready);
    expect(Accepted?.[0]).toBe('True');
    expect(rest).toEqual(beside === undefined ? {} : { [beside]: ['True', ...ready.slice(1)] });
  });

  test('moves the time of a condition only when its status flips', () => {
    const later = new Date(NOW.getTime() + 60_000);
    const at = (status: KeyProjectStatus): readonly string[] =>
      (status.conditions ?? []).map(({ lastTransitionTime }) => lastTransitionTime);
    expect(at(projectStatus(settledProject({ now: later })))).toEqual([hoursFromNow(0), hoursFromNow(0)]);
    const broken = projectStatus(settledProject({ now: later, ...mapped(clusterOf({ [EU]: undefined })) }));
    expect(at(broken)).toEqual(['2027-03-01T12:01:00Z', hoursFromNow(0)]);
  });
});

describe('elsewhereStatus', () => {
  test('keeps the report and changes the conditions alone', () => {
    const facts = settledProject();
    const { conditions: shown, ...rest } = elsewhereStatus(facts, 'other');
    const { conditions: _before, ...before } = facts.project.status ?? {};
    expect(rest).toEqual(before);
    expect(shown?.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['Ready', 'False', 'ClaimedElsewhere'],
      ['Accepted', 'False', 'ClaimedElsewhere'],
      ['Stalled', 'True', 'ClaimedElsewhere'],
    ]);
    expect(shown?.[0]?.message).toBe(
      `Installation "other" has it by the annotation keywright.dev/installation; this one is "${INSTALLATION}" and leaves it alone. If that one is lost, restore its backup, or take the project over: set the annotation to "${INSTALLATION}"`,
    );
  });
});

describe('failedStatus', () => {
  const refused = new KeywrightError('KW_REQUEST_REFUSED', { status: 403 });

  test('keeps the report and tells in Ready why the pass failed', () => {
    const facts = settledProject();
    const { conditions: shown, ...rest } = failedStatus(facts, refused);
    const { conditions: _before, ...before } = facts.project.status ?? {};
    expect(rest).toEqual(before);
    expect(shown?.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['Ready', 'False', 'Forbidden'],
      ['Accepted', 'True', 'Valid'],
    ]);
    expect(shown?.[0]?.message).toBe(refused.message);
  });

  test('says nothing of a claim that was never made', () => {
    const { status: _none, ...project } = keyProjectOf();
    const shown = failedStatus(settledProject({ project }), refused);
    expect(shown).not.toHaveProperty('installation');
    expect(shown.conditions?.map(({ type }) => type)).toEqual(['Ready']);
  });
});

describe('isReported', () => {
  test('compares everything, and nothing is no report', () => {
    const status = projectStatus(settledProject());
    expect(isReported(status, structuredClone(status))).toBe(true);
    expect(isReported(undefined, {})).toBe(false);
    expect(isReported({ ...status, observedGeneration: 0 }, status)).toBe(false);
  });
});

describe('isUrgent', () => {
  test('leaves counts of keys out', () => {
    const status = projectStatus(settledProject());
    expect(isUrgent({ ...status, keys: [] }, status)).toBe(false);
    expect(isUrgent({ ...status, environments: [] }, status)).toBe(true);
    expect(isUrgent(undefined, status)).toBe(true);
  });
});

describe('graceEndsAt', () => {
  test('is a minute after creation, while that is ahead', () => {
    expect(graceEndsAt(settledProject({ project: keyProjectOf({}, young) }))).toEqual(new Date(NOW.getTime() + 24_000));
    expect(graceEndsAt(settledProject())).toBeUndefined();
  });
});
