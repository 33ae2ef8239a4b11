import { CUSTOM_RESOURCE_DEFINITIONS, type Resource } from '../../kube/objects/resource.ts';
import { getOrUndefined } from './get-or-undefined.ts';
import type { KeyPorts } from './ports.ts';

/** Is the CRD itself being deleted? Then its objects go with it, which is no order to withdraw anything. Read live. */
export async function isKindTerminating(
  ports: Pick<KeyPorts, 'client'>,
  { plural, group }: Resource,
  signal: AbortSignal,
): Promise<boolean> {
  const definition = await getOrUndefined(ports, CUSTOM_RESOURCE_DEFINITIONS, { name: `${plural}.${group}` }, signal);
  return definition?.metadata.deletionTimestamp !== undefined;
}
