/** SetEnv, UnsetEnv and PassEnv, which `%{ENV:name}` reads. Source: httpd 2.4.x, mod_env.c. */
import type { Call } from '../call.ts';

export function setEnv(call: Call): void {
  const [name, value] = call.words;
  if (!name) return;
  assign(call, name.text, value?.text ?? '');
  call.wroteSetting();
}

export function passEnv(call: Call): void {
  for (const { text } of call.words) {
    const value = Object.hasOwn(call.reading.environment, text) ? call.reading.environment[text] : undefined;
    // Apache logs a warning and leaves the variable unset; which values it will have there cannot be known here.
    if (value !== undefined) assign(call, text, value);
  }
}

export function unsetEnv(call: Call): void {
  const names = call.words.map((word) => word.text);
  const { env } = call.scope.settings.values;
  if (env)
    call.scope.settings.values.env = Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

function assign(call: Call, name: string, value: string): void {
  call.scope.settings.values.env = { ...call.scope.settings.values.env, [name]: value };
}
