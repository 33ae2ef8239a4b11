import { isIP } from 'node:net';
import { delimiter } from 'node:path';
import { formatDuration, parseDurationMs } from '../durations.ts';
import type { ValueKind } from './flag.ts';

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const MAX_OBJECT_NAME_LENGTH = 253;
const MAX_LIST_LENGTH = 500;

/** `--flag`, `--flag=true` or `--flag=false`. */
export const SWITCH: ValueKind<boolean> = {
  placeholder: '',
  accepted: 'true or false',
  parse: (text) => accept(text === 'true' || text === 'false', text === 'true'),
};

export const TEXT: ValueKind<string> = {
  placeholder: '<text>',
  accepted: 'a text that is not empty',
  parse: (text) => accept(text.trim() !== '', text),
};

/** One path. KUBECONFIG may hold a list as PATH does; empty members are skipped, a second file is refused. */
export const KUBECONFIG_FILE: ValueKind<string> = {
  placeholder: '<file>',
  accepted: 'the path of one kubeconfig file ("kubectl config view --flatten" makes one of several)',
  parse: (text) => {
    const [path = '', ...more] = text.split(delimiter).filter((member) => member.trim() !== '');
    return accept(path !== '' && more.length === 0, path);
  },
};

/** A namespace name: a DNS label. */
export const NAMESPACE: ValueKind<string> = {
  placeholder: '<namespace>',
  accepted: 'a namespace name: lowercase letters, digits and "-", at most 63 characters',
  parse: (text) => accept(DNS_LABEL.test(text), text),
};

/** The name of a key, a project or an environment: a DNS label. */
export const KEY_NAME: ValueKind<string> = {
  placeholder: '<name>',
  accepted: 'a name: lowercase letters, digits and "-", at most 63 characters',
  parse: (text) => accept(DNS_LABEL.test(text), text),
};

/** The name of an environment, or "*" for all of a key. */
export const ENVIRONMENT: ValueKind<string> = {
  placeholder: '<name|*>',
  accepted: 'the name of an environment, or "*" (in quotes) for all of them',
  parse: (text) => accept(text === '*' || DNS_LABEL.test(text), text),
};

/** The path of a file. */
export const FILE: ValueKind<string> = {
  placeholder: '<file>',
  accepted: 'the path of a file',
  parse: (text) => accept(text.trim() !== '' && text !== '-', text),
};

/** The path of a file, or "-" for standard input. */
export const FILE_OR_STDIN: ValueKind<string> = {
  placeholder: '<file|->',
  accepted: 'the path of a file, or "-" for standard input',
  parse: (text) => accept(text.trim() !== '', text),
};

/** Namespace names separated by commas; duplicates count once. */
export const NAMESPACES: ValueKind<readonly string[]> = {
  placeholder: '<namespace,…>',
  accepted: `1 to ${MAX_LIST_LENGTH} namespace names separated by commas`,
  parse: (text) => {
    const names = new Set(text.split(',').map((name) => NAMESPACE.parse(name.trim())));
    return accept(names.size <= MAX_LIST_LENGTH, [...names]);
  },
};

/** The name of a Kubernetes object: DNS labels joined by dots. */
export const OBJECT_NAME: ValueKind<string> = {
  placeholder: '<name>',
  accepted: 'an object name: lowercase letters, digits, "-" and ".", at most 253 characters',
  parse: (text) =>
    accept(text.length <= MAX_OBJECT_NAME_LENGTH && text.split('.').every((label) => DNS_LABEL.test(label)), text),
};

/** The id of an installation. */
export const INSTALLATION_ID: ValueKind<string> = {
  placeholder: '<id>',
  accepted: 'the id of an installation: 32 of the characters 0-9 and a-f',
  parse: (text) => accept(/^[0-9a-f]{32}$/.test(text), text),
};

export const IP_ADDRESS: ValueKind<string> = {
  placeholder: '<address>',
  accepted: 'an IPv4 or IPv6 address without brackets',
  parse: (text) => accept(isIP(text) !== 0, text),
};

/** A TCP port; 0 reads as undefined. */
export const PORT_OR_OFF: ValueKind<number | undefined> = {
  placeholder: '<port>',
  accepted: 'a port from 1 to 65535, or 0 for off',
  parse: (text) => integerBetween(0, 65_535).parse(text) || undefined,
};

export function integerBetween(min: number, max: number): ValueKind<number> {
  return {
    placeholder: '<number>',
    accepted: `a whole number from ${min} to ${max}`,
    parse: (text) => {
      const value = Number(text);
      return accept(/^\d{1,9}$/.test(text) && value >= min && value <= max, value);
    },
  };
}

export function oneOf<T extends string>(...words: readonly T[]): ValueKind<T> {
  return {
    placeholder: `<${words.join('|')}>`,
    accepted: `one of ${words.join(', ')}`,
    parse: (text) => {
      const word = words.find((candidate) => candidate === text);
      if (word === undefined) throw new RangeError();
      return word;
    },
  };
}

export interface DurationBounds {
  readonly minMs: number;
  readonly maxMs: number;
  /** Granularity the value must be a multiple of, in milliseconds. @default {1} */
  readonly stepMs?: number;
}

/** Milliseconds, written as a Go duration. */
export function durationBetween({ minMs, maxMs, stepMs = 1 }: DurationBounds): ValueKind<number> {
  const step = stepMs === 1 ? '' : ` in steps of ${formatDuration(stepMs)}`;
  return {
    placeholder: '<duration>',
    accepted: `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}${step}`,
    parse: (text) => {
      const ms = parseDurationMs(text);
      return accept(ms >= minMs && ms <= maxMs && ms % stepMs === 0, ms);
    },
  };
}

/** The same with "0s" read as undefined, which `zeroMeans` explains: "0s for never". */
export function durationOrZero(bounds: DurationBounds, zeroMeans: string): ValueKind<number | undefined> {
  const inner = durationBetween(bounds);
  return {
    placeholder: inner.placeholder,
    accepted: `${inner.accepted}, or ${zeroMeans}`,
    parse: (text) => (parseDurationMs(text) === 0 ? undefined : inner.parse(text)),
  };
}

/** A kind whose absence means something of its own. */
export function optional<T>(kind: ValueKind<T>): ValueKind<T | undefined> {
  return kind;
}

function accept<T>(accepted: boolean, value: T): T {
  if (!accepted) throw new RangeError();
  return value;
}
