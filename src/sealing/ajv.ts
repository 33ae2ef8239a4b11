import { Ajv } from 'ajv';

/** The validator of everything this operator stores. Its messages are never shown: they may quote what was stored. */
export const ajv: Ajv = new Ajv({ strict: true, strictRequired: true, messages: false });
