/**
 * Proves that the checks still see: every file below test/fixtures/{lint,layers,dead-code} that says
 * "caught by: <rules>" must be caught by exactly these rules, every other one by none.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { layerViolations } from './layer-violations.ts';

/** Findings of one check below its fixture folder, as "<path>: <rule>". */
type Findings = readonly string[];

const checks: Readonly<Record<string, (folder: string) => Promise<Findings>>> = {
  lint: async (folder) => {
    const { diagnostics } = JSON.parse(await stdoutOf('oxlint', ['--format=json', folder])) as {
      diagnostics: readonly { code: string; filename: string }[];
    };
    return diagnostics.map(({ code, filename }) => `${relative(folder, filename)}: ${code}`);
  },
  layers: async (folder) => {
    const { violations } = await layerViolations(folder, ['src', 'scripts', 'test']);
    return violations.map(({ rule, from }) => `${from}: ${rule}`);
  },
  'dead-code': async (folder) => {
    const runs = [deadCodeIn(folder, []), deadCodeIn(folder, ['--production'])];
    return (await Promise.all(runs)).flat();
  },
};

async function deadCodeIn(folder: string, modeArgs: readonly string[]): Promise<Findings> {
  const report = await stdoutOf('knip', ['--directory', folder, '--reporter', 'json', ...modeArgs]);
  const { issues } = JSON.parse(report) as {
    issues: readonly ({ file: string } & Readonly<Record<string, readonly unknown[]>>)[];
  };
  return issues.flatMap(({ file, ...lists }) =>
    Object.entries(lists)
      .filter(([, list]) => list.length > 0)
      .map(([kind]) => `${file}: ${kind}`),
  );
}

/** The tools exit with 1 when they find something, which is what a fixture is for. */
function stdoutOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 16 * 2 ** 20 }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`${command} printed nothing: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

async function marksIn(folder: string): Promise<Findings> {
  const paths = (await readdir(folder, { recursive: true })).filter((path) => /[.](ts|json)$/.test(path));
  const marks = paths.map(async (path) => {
    const [, rules = ''] = /caught by: ([^*"\n]+)/.exec(await readFile(join(folder, path), 'utf8')) ?? [];
    return rules
      .split(/\s+/)
      .filter((rule) => rule !== '')
      .map((rule) => `${path}: ${rule}`);
  });
  return (await Promise.all(marks)).flat();
}

async function faultsOf(check: string): Promise<readonly string[]> {
  const folder = join('test/fixtures', check);
  const [expected, found] = [new Set(await marksIn(folder)), new Set(await checks[check]?.(folder))];
  if (expected.size === 0) return [`${check}: no fixture expects anything`];
  return [
    ...[...expected].filter((mark) => !found.has(mark)).map((mark) => `${check} no longer catches ${mark}`),
    ...[...found].filter((finding) => !expected.has(finding)).map((finding) => `${check} also catches ${finding}`),
  ];
}

const faults = (await Promise.all(Object.keys(checks).map(faultsOf))).flat();
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`Every deliberate violation is caught by ${Object.keys(checks).join(', ')}.`);
