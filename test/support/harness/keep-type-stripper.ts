/**
 * Node strips the types of modules that run in threads of ours by a WebAssembly module, of which all threads of a process
 * share the code. Vitest hands its own processes JavaScript, so that only those threads have it, and it ends with the
 * last of them. V8 then frees code of what is gone when the next thread begins: SIGSEGV in
 * v8::internal::Runtime_TierUpWasmToJSWrapper (Node 24.21). A process that has it as well keeps it.
 */
import { stripTypeScriptTypes } from 'node:module';

stripTypeScriptTypes('');
