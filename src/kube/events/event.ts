import type { Random } from '../../clock.ts';
import { formatMicroTime } from '../objects/micro-time.ts';
import type { KubeObject } from '../objects/objects.ts';
import type { Resource } from '../objects/resource.ts';

/** Where events about cluster-scoped objects live. */
export const CLUSTER_EVENTS_NAMESPACE = 'default';

/** The object an event is about. Cluster-scoped objects have no namespace. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** What happened, as the caller says it. Texts that are too long are cut: reason and action at 128 bytes, note at 1024. */
export interface EventReport {
  readonly regarding: EventSubject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase fact, for example "SecretConflict". */
  readonly reason: string;
  /** What the reporter did or tried, CamelCase, for example "Deliver". */
  readonly action: string;
  /** For people. Names what the fact is about, as another note is another event: never a count or a time. */
  readonly note: string;
}

/** Who reports. */
export interface EventSource {
  /** Qualified name, for example "example.com/controller". */
  readonly component: string;
  /** The process, for example the pod's name. */
  readonly instance: string;
}

/** How often the same thing happened, the first time included. */
export interface EventSeries {
  readonly count: number;
  readonly lastObservedTime: string;
}

/** events.k8s.io/v1. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
export interface KubeEvent extends KubeObject {
  readonly eventTime: string;
  readonly series?: EventSeries;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly regarding: EventSubject;
  readonly note: string;
  readonly type: 'Normal' | 'Warning';
}

export const EVENTS: Resource<KubeEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** The API server's limits, in bytes. */
const MAX_WORD_BYTES = 128;
const MAX_NOTE_BYTES = 1_024;

/** Leaves room for the suffix within the 253 characters of a name. */
const MAX_NAME_STEM = 200;

export function eventOf(report: EventReport, source: EventSource, now: Date, random: Random): KubeEvent {
  const { regarding, type, reason, action, note } = report;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: {
      name: eventName(regarding.name, now, random),
      namespace: regarding.namespace ?? CLUSTER_EVENTS_NAMESPACE,
    },
    eventTime: formatMicroTime(now),
    reportingController: source.component,
    reportingInstance: cutToBytes(source.instance, MAX_WORD_BYTES),
    action: cutToBytes(action, MAX_WORD_BYTES),
    reason: cutToBytes(reason, MAX_WORD_BYTES),
    regarding,
    note: cutToBytes(note, MAX_NOTE_BYTES),
    type,
  };
}

/**
 * Reports with the same key, from one reporter, are one series. The note counts: a series shows that of its first
 * report, so what befell another namespace would never be seen. The object's resourceVersion makes no difference.
 */
export function seriesKey({ regarding, type, reason, action, note }: EventReport): string {
  const { apiVersion, uid } = regarding;
  return JSON.stringify([subjectKey(regarding), apiVersion, uid, type, reason, action, note]);
}

/** Names the object an event is about, for limits per object. */
export function subjectKey({ kind, namespace, name }: EventSubject): string {
  return JSON.stringify([kind, namespace, name]);
}

/** "<name>.<time><random>", as client-go names events, so that people find them by the object's name. */
export function eventName(subjectName: string, now: Date, random: Random): string {
  const stem = subjectName
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .slice(0, MAX_NAME_STEM)
    .replaceAll(/^[.-]+|[.-]+$/g, '');
  const serial = Math.floor(random() * 2 ** 32);
  return `${stem || 'event'}.${now.getTime().toString(16)}${serial.toString(16).padStart(8, '0')}`;
}

/**
 * `text` if it fits, else as much of it as fits before "…". Never splits a character.
 *
 * @internal
 */
export function cutToBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const ellipsis = '…';
  const room = new Uint8Array(maxBytes - Buffer.byteLength(ellipsis));
  const { read } = new TextEncoder().encodeInto(text, room);
  return text.slice(0, read) + ellipsis;
}
