/**
 * Which cases property tests draw: in CI the same ones every time, so that a change is judged by what it changes, and
 * elsewhere others in each run. A failure prints seed and path either way.
 */
import fc from 'fast-check';

const CI_SEED = 20_270_101;

if (process.env['CI'] !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: CI_SEED });
