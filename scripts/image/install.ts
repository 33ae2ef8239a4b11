/**
 * Installs the dependencies from the lock file, as the build stage of the Dockerfile does, unless the build context
 * brought them: `npm run image` hands in those of the repository, so that it needs no registry.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// No package that is bundled has anything to build.
if (!existsSync('node_modules')) execFileSync('npm', ['ci', '--ignore-scripts'], { stdio: 'inherit' });
