import type { InstallationHealth } from './key-facts.ts';

/** What status says, of keys and projects alike, while the operator's own keys cannot be read. */
export const INSTALLATION_PROBLEMS: Readonly<Record<Exclude<InstallationHealth, 'Ready'>, string>> = {
  InstallationMissing: 'The Secret keywright-installation is missing beside records; restore it from a backup',
  InstallationMalformed: 'The Secret keywright-installation cannot be read; restore it from a backup',
  KeyringMalformed: 'The Secret keywright-keyring cannot be read; restore it from a backup',
  KEKMissing:
    'The Secret keywright-keyring is missing, or opens no record; restore it from a backup, or make it if you keep it',
  PeppersMalformed: 'The Secret keywright-peppers cannot be read; restore it from a backup',
  PeppersMissing: 'The Secret keywright-peppers is missing beside records; restore it from a backup',
};
