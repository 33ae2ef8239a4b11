import { networkInterfaces } from 'node:os';

/** How a machine and a node on it are linked: the address of each, and the network of the pods behind the node. */
export interface NodeLink {
  readonly machine: string;
  readonly node: string;
  /** Such as "10.244.0.0/24". */
  readonly pods: string;
}

/** A link that no other node on this machine has. @throws {Error} when there are 256. */
export function freeNodeLink(): NodeLink {
  const taken = new Set(Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address)));
  for (let third = 0; third < 256; third++) {
    const machine = `10.98.${third}.1`;
    if (!taken.has(machine)) return { machine, node: `10.98.${third}.2`, pods: `10.244.${third}.0/24` };
  }
  throw new Error('Cannot link a node: every network of 10.98.0.0/16 is in use');
}
