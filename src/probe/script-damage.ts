/** Making a script file raise, wait or end its process when it is executed, and mending it again. */
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';

/** What a file does before anything else when it is executed. */
export type ScriptDamage =
  | { readonly kind: 'raises' }
  /** It ends its process at once, with exit code 3. */
  | { readonly kind: 'exits' }
  /** It says at the gate that it is this script, and waits there. */
  | { readonly kind: 'stalls'; readonly script: string; readonly gate: string };

const end = '# Here the damage ends.\n';

/**
 * Damages the file, or takes that back; a server must notice either way, as after a touch.
 * @param damage - Null is none.
 * @throws the file system's error where the file does not exist or cannot be written.
 */
export async function rewriteScript(path: string, damage: ScriptDamage | null): Promise<void> {
  const { atimeMs, mtimeMs } = await stat(path);
  const text = await readFile(path, 'utf8');
  const sound = text.slice(text.indexOf(end) < 0 ? 0 : text.indexOf(end) + end.length);
  await writeFile(path, damage ? codeOf(damage) + end + sound : sound);
  // Counted from the time before: the present may be what an earlier touch moved it to.
  await utimes(path, atimeMs / 1000, Math.floor(mtimeMs / 1000) + 1);
}

/** The module beside a script; see `import_neighbour` in `probe.py`. */
export const neighbourOf = (path: string): string => `${path}.module.py`;

function codeOf(damage: ScriptDamage): string {
  if (damage.kind === 'raises') return "raise RuntimeError('broken on purpose')\n";
  if (damage.kind === 'exits') return 'import os\nos._exit(3)\n';
  const gate = JSON.stringify(damage.gate.replace(/^@/, '\0'));
  const line = JSON.stringify(`${JSON.stringify({ stalled: damage.script })}\n`);
  return `import socket
with socket.socket(socket.AF_UNIX) as gate:
    gate.connect(${gate})
    gate.sendall(${line}.encode())
    gate.recv(1)
`;
}
