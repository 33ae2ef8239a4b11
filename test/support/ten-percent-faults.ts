import { seededRandom } from './seeded-random.ts';
import type { Fate, ProxiedRequest } from './write-proxy.ts';

const FAULTS: readonly Fate[] = [
  { kind: 'drop' },
  { kind: 'loseAnswer' },
  { kind: 'refuse', status: 500 },
  { kind: 'refuse', status: 503, retryAfterSeconds: 1 },
];

/** Lets one request in ten fail, each in one of four ways, as a seed decides; a watch can only be dropped. */
export function tenPercentFaults(seed: number): {
  readonly fateOf: (request: ProxiedRequest) => Fate;
  readonly counts: Readonly<Record<Fate['kind'], number>>;
} {
  const random = seededRandom(seed);
  const counts: Record<Fate['kind'], number> = { forward: 0, drop: 0, loseAnswer: 0, hold: 0, refuse: 0 };
  const fateOf = ({ isWatch }: ProxiedRequest): Fate => {
    const [isFault, which] = [random() < 0.1, Math.floor(random() * FAULTS.length)];
    const fault: Fate = isWatch ? { kind: 'drop' } : (FAULTS[which] ?? { kind: 'drop' });
    const fate: Fate = isFault ? fault : { kind: 'forward' };
    counts[fate.kind] += 1;
    return fate;
  };
  return { fateOf, counts };
}
