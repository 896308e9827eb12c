/** Touching a script file so that a server must notice. */
import { stat, utimes } from 'node:fs/promises';

/**
 * Moves a file's modification time forward by one second. Servers compare the time for equality, and a touch to the
 * present could hit the same tick of a coarse file system clock.
 * @throws the file system's error where the file does not exist.
 */
export async function advanceModificationTime(path: string): Promise<void> {
  const { atimeMs, mtimeMs } = await stat(path);
  await utimes(path, atimeMs / 1000, Math.floor(mtimeMs / 1000) + 1);
}
