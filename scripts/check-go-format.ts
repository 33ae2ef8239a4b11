/** Checks that the Go sources that the tests build are formatted. Without Go it says so; in CI that is a failure. */
import { spawnSync } from 'node:child_process';

const { error, status, stdout, stderr } = spawnSync('gofmt', ['-l', 'test/support/go'], { encoding: 'utf8' });
if (error !== undefined) {
  console.error('gofmt is not installed: the Go sources were NOT checked.');
  if (process.env['CI'] !== undefined) process.exitCode = 1;
} else if (status !== 0 || stdout !== '') {
  console.error(`Not formatted:\n${stdout}${stderr}`);
  process.exitCode = 1;
}
