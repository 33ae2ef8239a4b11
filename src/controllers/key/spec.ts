import type { KeyProjectSpec } from '../../api/generated/key-project.ts';
import type { KeyObject, KeySpec } from '../../api/key-object.ts';
import { ROTATE_ANNOTATION } from '../../api/labels.ts';
import { parseDurationMs, readDurationMs } from '../../durations.ts';
import { digestOf } from '../../keys/hash.ts';
import type { OutputTarget } from '../planning/environment-facts.ts';
import type { MappedEnvironment, TargetEnvironment } from '../planning/targets.ts';

/** How long a superseded version stays valid where the spec does not say (the schema sets no defaults: they would drift under GitOps). */
export const DEFAULT_OVERLAP_MS: number = 24 * 3_600_000;
const DEFAULT_MIN_ROTATION_INTERVAL = '5m';
const DEFAULT_MAX_KEYS = 1_000;
/** 128 bits in hex. */
const TRIGGER_DIGITS = 32;
/** In characters, as the schema bounds the field; nothing bounds the annotation. */
export const MAX_TRIGGER_LENGTH = 128;

/** How many keys a project may have. */
export function maxKeys({ policy }: KeyProjectSpec): number {
  return policy?.maxKeys ?? DEFAULT_MAX_KEYS;
}

/**
 * How long a superseded version stays valid, in milliseconds. Where the spec does not say, the project's least overlap
 * may be longer than the usual one.
 */
export function overlapMs({ rotation }: KeySpec, project: KeyProjectSpec | undefined): number {
  if (rotation?.overlap !== undefined) return parseDurationMs(rotation.overlap);
  const least = project?.policy?.minOverlap;
  return Math.max(DEFAULT_OVERLAP_MS, least === undefined ? 0 : (readDurationMs(least) ?? 0));
}

/** In milliseconds; undefined: time alone never rotates. */
export function rotationIntervalMs({ rotation }: KeySpec): number | undefined {
  return rotation?.interval === undefined ? undefined : parseDurationMs(rotation.interval);
}

/** The least time between two rotations that nobody's leak asks for, as the project declares it: a duration such as "5m". */
export function minRotationInterval({ policy }: KeyProjectSpec): string {
  return policy?.minRotationInterval ?? DEFAULT_MIN_ROTATION_INTERVAL;
}

/** The same in milliseconds. One that cannot be read is none. */
export function minRotationIntervalMs(project: KeyProjectSpec): number {
  return readDurationMs(minRotationInterval(project)) ?? 0;
}

/** Every text that asks for a rotation, as the ledger remembers those that were followed. */
export function presentTriggers({ metadata, spec }: Pick<KeyObject, 'metadata' | 'spec'>): readonly string[] {
  const texts = [spec.rotation?.trigger, metadata.annotations?.[ROTATE_ANNOTATION]];
  const asked = texts.filter((text) => text !== undefined && text !== '' && !isTooLong(text));
  return asked.map((text = '') => digestOf(text).slice(0, TRIGGER_DIGITS));
}

/** Does somebody ask for a rotation in more characters than are followed? */
export function isRotateAnnotationTooLong({ metadata }: Pick<KeyObject, 'metadata'>): boolean {
  return isTooLong(metadata.annotations?.[ROTATE_ANNOTATION] ?? '');
}

/** The API server counts code points; some take two units of a string. */
function isTooLong(text: string): boolean {
  return text.length > MAX_TRIGGER_LENGTH && Array.from(text).length > MAX_TRIGGER_LENGTH;
}

/** How long withdrawn material waits sealed; 0 destroys it at once. */
export function recoveryWindowMs({ recoveryWindow }: KeySpec, defaultMs: number): number {
  return recoveryWindow === undefined ? defaultMs : parseDurationMs(recoveryWindow);
}

/** When a declared expiry is, in milliseconds. One that cannot be read has passed: it must never mean "never". */
export function expiryMs(time: string): number {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? 0 : ms;
}

/** The earlier of the key's and the environment's expiry; undefined for none. Both are RFC 3339. */
export function environmentExpiry(spec: KeySpec, environment: string): string | undefined {
  const own = spec.environments.find(({ name }) => name === environment)?.expiresAt;
  return earlierExpiry(own, spec.expiresAt);
}

/** Undefined is later than every time. */
export function earlierExpiry(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return expiryMs(one) <= expiryMs(other) ? one : other;
}

/**
 * Resolves spec.environments against the project's mapping. One that the project does not have resolves to no
 * namespaces: the key is then not accepted, and expiry still counts.
 */
export function targetEnvironments(
  spec: KeySpec,
  mapped: readonly MappedEnvironment[],
  now: Date,
): readonly TargetEnvironment[] {
  return spec.environments.map(({ name }): TargetEnvironment => {
    const mapping = mapped.find((environment) => environment.name === name);
    const expiresAt = environmentExpiry(spec, name);
    return {
      name,
      expiresAt,
      expired: expiresAt !== undefined && expiryMs(expiresAt) <= now.getTime(),
      suspended: mapping?.suspended ?? false,
      tokenCode: mapping?.tokenCode ?? '',
      namespaces: mapping?.namespaces ?? [],
    };
  });
}

/** The Secrets of one namespace. Absent outputs: one, named like the key. The project's prefix goes in front of every name. */
export function outputTargets(
  { metadata, spec }: Pick<KeyObject, 'metadata' | 'spec'>,
  project: KeyProjectSpec | undefined,
): readonly OutputTarget[] {
  const prefix = project?.policy?.secretNamePrefix ?? '';
  const outputs = spec.outputs === undefined || spec.outputs.length === 0 ? [{ name: metadata.name }] : spec.outputs;
  return outputs.map((output) => ({
    name: output.name,
    secretName: prefix + (('secretName' in output ? output.secretName : undefined) ?? metadata.name),
  }));
}
