import { describeFirstIssue } from './first-issue-cases.ts';
import { STAGED_API_KEY } from './staged-kind.ts';

describeFirstIssue(STAGED_API_KEY, [
  { title: 'a plain key', spec: {}, writes: 13, sealed: [] },
  {
    title: 'a recoverable key with signing secret',
    spec: { recoverable: true, signingSecret: {} },
    // Nothing is dropped, so the second record write falls away.
    writes: 12,
    sealed: ['signingSecret', 'token'],
  },
]);
