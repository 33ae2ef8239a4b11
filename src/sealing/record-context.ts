import type { RandomBytes } from '../clock.ts';
import type { KekProvider } from './kek-provider.ts';
import type { MacKeys } from './mac.ts';

/** What signing and verifying need: the installation a statement belongs to, and its MAC keys. */
export interface MacContext {
  readonly installation: string;
  readonly macKeys: MacKeys;
}

/** What sealing and opening need on top. */
export interface RecordContext extends MacContext {
  readonly kek: KekProvider;
  readonly randomBytes: RandomBytes;
}
