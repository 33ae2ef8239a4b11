import { describeDeletion } from './deletion-cases.ts';
import { STAGED_API_KEY } from './staged-kind.ts';

describeDeletion(STAGED_API_KEY, ['token']);
