import type { ApiConnection } from '../cluster/api-request.ts';
import { applyOpenCrd } from '../harness/open-crd.ts';

const KINDS = { ServiceMonitor: 'servicemonitors', PodMonitor: 'podmonitors', PrometheusRule: 'prometheusrules' };

/** The Prometheus operator's CRDs are in no Go module, so these take any object of their kinds. */
export async function applyMonitoringCrds(admin: ApiConnection): Promise<void> {
  for (const [kind, plural] of Object.entries(KINDS)) {
    await applyOpenCrd(admin, { group: 'monitoring.coreos.com', kind, plural });
  }
}
