import { test } from 'vitest';
import { planApiKey } from '../../../../src/controllers/api-key/plan.ts';
import { Surroundings } from '../../../support/world-events.ts';
import { Invariants } from '../../../support/world-invariants.ts';
import { freshWorld, pass } from '../../../support/world-passes.ts';
import { gather } from '../../../support/world.ts';

test('debug', () => {
  const commands = JSON.parse(process.env['H'] ?? '[]');
  const world = freshWorld();
  const inv = new Invariants();
  const s = new Surroundings(world);
  for (const c of commands) {
    if (c.kind === 'event') { s.apply(c.event); console.log('event', JSON.stringify(c.event)); }
    else {
      const before = world.server;
      const r = pass(world, inv, c.stopAfter === undefined ? {} : { stopAfter: c.stopAfter });
      console.log(c.kind, r.end, r.steps.join(' '), before === world.server ? 'unchanged' : '');
      const rec = world.server.record;
      console.log('  seq', rec?.ledger.sequence, 'phase', rec?.ledger.phase, 'sealed', rec?.sealed.map((x) => `${x.environment}/${x.version}/${x.field}`).join(' '));
      for (const e of rec?.ledger.environments ?? []) console.log('  ', e.name, e.state, e.destroyAt ?? '', e.versions.map((v) => `${v.version}${v.state}`).join(' '), e.places.map((p) => `${p.namespace}/${p.secretName}:${p.state}`).join(' '));
      console.log('  secrets', [...world.server.secrets].map(([k, v]) => `${k}=${v.proof?.environment}/${v.proof?.version}`).join(' '));
      console.log('  ready', JSON.stringify(world.server.object?.status?.conditions?.find((x) => x.type === 'Ready')));
      console.log('  obs', [...r.gathered.facts.observations].map(([k, v]) => `${k}=${v.kind}${'live' in v ? v.live : ''}`).join(' '));
    }
  }
  console.log('next', JSON.stringify(planApiKey(gather(world, false).facts))?.slice(0, 1500));
});
