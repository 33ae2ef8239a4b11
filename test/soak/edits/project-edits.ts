/** What the platform team does to projects and namespaces. */
import { KEY_PROJECTS } from '../../../src/api/resources.ts';
import { apply, recreateNamespace } from '../server.ts';
import { declaredProject, OPEN_POLICY, type Tenant } from '../tenants.ts';
import type { KeyProjectBuilder } from '../../support/builders.ts';
import type { Edit, Scene } from './scene.ts';

export const projectEdits: Readonly<Record<string, Edit>> = {
  'suspend an environment': onProject((project, { dice }) =>
    project.changed(dice.pick(['staging', 'production']), { suspended: true }),
  ),
  'unmap a namespace': onProject((project, _scene, { eu }) => project.changed('production', { namespaces: [eu] })),
  'prefix Secret names': onProject((project) => project.policy({ ...OPEN_POLICY, secretNamePrefix: 'key-' })),
  'put the project right': onProject((project) => project),
  'recreate a namespace': async ({ client, dice, tenants }) => {
    const { staging, us } = dice.pick(tenants);
    await recreateNamespace(client, dice.pick([staging, us]));
    return 'done';
  },
  "recreate an author's namespace": async ({ client, dice, keys, tenants }) => {
    const tenant = dice.pick(tenants);
    await recreateNamespace(client, tenant.authors);
    for (const { manifest, resource } of keys.filter((key) => key.tenant === tenant)) {
      if (manifest !== undefined) await apply(client, resource, manifest);
    }
    return 'done';
  },
};

/** Each edit begins with the project as it is meant to be, so that one thing at most is odd about it. */
function onProject(change: (project: KeyProjectBuilder, scene: Scene, tenant: Tenant) => KeyProjectBuilder): Edit {
  return async (scene) => {
    const tenant = scene.dice.pick(scene.tenants);
    await apply(scene.client, KEY_PROJECTS, change(declaredProject(tenant), scene, tenant).build());
    return 'done';
  };
}
