import { ecPrivatePem } from '../support/key-samples.ts';
import { IMPORT_SOURCE } from './delivery-stage.ts';
import { describeFirstIssue } from './first-issue-cases.ts';
import { STAGED_CRYPTO_KEY } from './staged-kind.ts';

const SEALED = ['material', 'passphrase'];
/** The finalizer of the key. */
const FIRST_CUT = 6;

describeFirstIssue(STAGED_CRYPTO_KEY, [
  { title: 'a crypto key', spec: {}, writes: 12, firstCut: FIRST_CUT, sealed: SEALED },
  {
    title: 'an imported crypto key',
    spec: {
      type: 'PrivateKey',
      environments: ['staging', 'production'].map((name) => ({
        name,
        import: { secretKeyRef: { name: IMPORT_SOURCE, key: name } },
      })),
    },
    writes: 12,
    firstCut: FIRST_CUT,
    sealed: SEALED,
    sources: { staging: ecPrivatePem(), production: ecPrivatePem() },
  },
]);
