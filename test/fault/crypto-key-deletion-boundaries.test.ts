import { describeDeletion } from './deletion-cases.ts';
import { STAGED_CRYPTO_KEY } from './staged-kind.ts';

describeDeletion(STAGED_CRYPTO_KEY, ['material', 'passphrase']);
