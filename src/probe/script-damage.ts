/** Breaking a script file so that it raises when it is executed, and mending it again. */
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';

const damage = "raise RuntimeError('broken on purpose')\n";

/**
 * Makes the file raise, or takes that back; a server must notice either way, as after a touch.
 * @param raises - Whether the file raises from now on.
 * @throws the file system's error where the file does not exist or cannot be written.
 */
export async function rewriteScript(path: string, raises: boolean): Promise<void> {
  const { atimeMs, mtimeMs } = await stat(path);
  const text = await readFile(path, 'utf8');
  const sound = text.startsWith(damage) ? text.slice(damage.length) : text;
  await writeFile(path, raises ? damage + sound : sound);
  // Counted from the time before: the present may be what an earlier touch moved it to.
  await utimes(path, atimeMs / 1000, Math.floor(mtimeMs / 1000) + 1);
}
