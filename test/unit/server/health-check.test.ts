import { describe, expect, it } from 'vitest';
import { healthReport } from '../../../src/server/health-check.ts';

const fine = { name: 'informers-synced', check: () => undefined };
const late = { name: 'event-loop', check: () => 'delayed by 12s' };

describe('healthReport', () => {
  it('lists checks the way Kubernetes does', () => {
    expect(healthReport('readyz', [fine])).toEqual({
      healthy: true,
      text: '[+]ping ok\n[+]informers-synced ok\nreadyz check passed\n',
    });
  });

  it('is unhealthy when one check fails, and says why', () => {
    expect(healthReport('livez', [fine, late])).toEqual({
      healthy: false,
      text: '[+]ping ok\n[+]informers-synced ok\n[-]event-loop failed: delayed by 12s\nlivez check failed\n',
    });
  });

  it('takes a check that throws for failed and hides what it threw', () => {
    const broken = {
      name: 'broken',
      check: (): undefined => {
        throw new Error('hunter2');
      },
    };
    const { healthy, text } = healthReport('livez', [broken]);
    expect(healthy).toBe(false);
    expect(text).toContain('[-]broken failed: the check itself failed');
    expect(text).not.toContain('hunter2');
  });

  it('passes without any check', () => {
    expect(healthReport('livez', []).healthy).toBe(true);
  });
});
