/** Configuration text from the file system of this machine. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { ConfigSource } from '../config/source.ts';

export const fileSource: ConfigSource = {
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  },
  list(directory) {
    try {
      return readdirSync(directory);
    } catch {
      return null;
    }
  },
  kind(path) {
    try {
      return statSync(path).isDirectory() ? 'directory' : 'file';
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable';
    }
  },
};
