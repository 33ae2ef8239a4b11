/** What people and other programs do to Secrets: to those the operator delivered, and to their own beside them. */
import { MANAGED_LABEL } from '../../../src/api/labels.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { isStranger, marked, released, STRANGER } from '../marks.ts';
import { insistently, read, remove } from '../server.ts';
import { BYSTANDER } from '../tenants.ts';
import type { Edit, EditOutcome, Scene } from './scene.ts';

const BACKUPS_KEPT = 50;

export const secretEdits: Readonly<Record<string, Edit>> = {
  'delete a Secret': onDelivered(async ({ client }, { metadata }) => {
    await remove(client, SECRETS, metadata);
  }),
  'edit a Secret': onDelivered((scene, secret) => patch(scene, secret, { data: editedData(scene, secret) })),
  'add a data key': onDelivered((scene, secret) => patch(scene, secret, { data: { extra: base64('by hand') } })),
  'strip labels': onDelivered((scene, secret) => patch(scene, secret, { labels: nulls(secret.metadata.labels) })),
  'strip annotations': onDelivered((scene, secret) =>
    patch(scene, secret, { annotations: nulls(secret.metadata.annotations) }),
  ),
  'put back an old Secret': async (scene) => {
    const { client, backups, dice, unique } = scene;
    if (backups.length === 0) return 'missed';
    const backup = dice.pick(backups);
    const { namespace = '', name, labels = {}, annotations } = backup.metadata;
    const ref = { namespace, name };
    const metadata = { ...ref, labels, annotations: { ...annotations, ...marked(unique()).annotations } };
    return insistently(async () => {
      const there = await read(client, SECRETS, ref);
      if (there !== undefined && isStranger(there.metadata)) return 'missed';
      const secret = { apiVersion: 'v1', kind: 'Secret', type: backup.type ?? '', data: backup.data ?? {} };
      if (there === undefined) await client.create(SECRETS, { ...secret, metadata });
      else await client.update(SECRETS, { ...there, ...secret, metadata: { ...there.metadata, ...metadata } });
      return 'done';
    });
  },
  'copy a Secret elsewhere': onDelivered(async ({ client, unique }, { type = '', data = {}, metadata }) => {
    const { name, labels = {}, annotations = {} } = metadata;
    const own = unique();
    await client.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        namespace: BYSTANDER,
        name: `${name}-${own}`,
        labels: { ...labels, ...STRANGER },
        annotations: { ...annotations, ...marked(own).annotations },
      },
      type,
      data,
    });
  }),
  'take a Secret name': async ({ client, dice, keys, unique }) => {
    const { name, tenant } = dice.pick(keys);
    const suffix = dice.pick(['', '-renamed', '-second']);
    await client.create(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      // Of a namespace that is never deleted, so that nobody but its owner may end it.
      metadata: { namespace: tenant.eu, name: `${name}${suffix}`, labels: STRANGER, ...marked(unique()) },
      data: { token: base64('of somebody else') },
    });
    return 'done';
  },
  'give a Secret name back': async ({ client, dice, tenants, unique }) => {
    const { items } = await client.list(SECRETS, { namespace: dice.pick([BYSTANDER, dice.pick(tenants).eu]) });
    const strangers = items.filter(({ metadata }) => isStranger(metadata));
    if (strangers.length === 0) return 'missed';
    await giveBack({ client, unique }, dice.pick(strangers));
    return 'done';
  },
};

/** Deletes a stranger's Secret as its owner. */
export async function giveBack(
  { client, unique }: Pick<Scene, 'client' | 'unique'>,
  { metadata }: Secret,
): Promise<void> {
  const { namespace = '', name } = metadata;
  await client.patch(SECRETS, { namespace, name }, { metadata: released(unique()) });
  await remove(client, SECRETS, { namespace, name });
}

/** Of a namespace of some project, one that says it is managed. */
function onDelivered(edit: (scene: Scene, secret: Secret) => Promise<void>): Edit {
  return async (scene): Promise<EditOutcome> => {
    const { client, dice, tenants, backups } = scene;
    const { staging, eu, us } = dice.pick(tenants);
    const { items } = await client.list(SECRETS, {
      namespace: dice.pick([staging, eu, us]),
      labelSelector: `${MANAGED_LABEL}=true`,
    });
    const delivered = items.filter(({ metadata }) => !isStranger(metadata));
    if (delivered.length === 0) return 'missed';
    const secret = dice.pick(delivered);
    backups.push(secret);
    if (backups.length > BACKUPS_KEPT) backups.shift();
    await edit(scene, secret);
    return 'done';
  };
}

interface SecretPatch {
  readonly labels?: Readonly<Record<string, null>>;
  readonly annotations?: Readonly<Record<string, null>>;
  readonly data?: Readonly<Record<string, string>>;
}

async function patch(
  { client, unique }: Scene,
  { metadata }: Secret,
  { labels, annotations, data }: SecretPatch,
): Promise<void> {
  const { namespace = '', name } = metadata;
  await client.patch(
    SECRETS,
    { namespace, name },
    {
      metadata: { ...(labels && { labels }), annotations: { ...annotations, ...marked(unique()).annotations } },
      ...(data && { data }),
    },
  );
}

function editedData({ dice, unique }: Scene, { data = {} }: Secret): Readonly<Record<string, string>> {
  return { [dice.pick(Object.keys(data))]: base64(`edited by hand ${unique()}`) };
}

function nulls(entries: Readonly<Record<string, string>> = {}): Readonly<Record<string, null>> {
  return Object.fromEntries(Object.keys(entries).map((key) => [key, null]));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
