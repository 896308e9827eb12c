/** Traps in scripts that send signals to their own process. */
import { isDeaf } from '../../../spec/serving/child-signals.ts';
import type { Position } from '../diagnostic.ts';
import type { Hazard, Trap } from './hazard.ts';
import { answered } from './scene.ts';

export const selfInterruptEmbedded: Hazard = {
  code: 'HAZ071',
  title: 'Sending SIGINT to oneself outside daemon mode',
  explanation:
    'A daemon process that receives SIGINT ends and is replaced, which is a recipe for reloading an application from inside. An Apache child ignores the signal: nothing is reloaded, and nothing says so. SIGTERM ends a prefork child with the request that it has, and a child of worker and event ignores that as well. The recipe must look at mod_wsgi.process_group first, which is empty in embedded mode.',
  source: 'rules RELOAD-SIGNAL-01 and -02; the article "Apache重新加载WSGI应用"',
  find: (scene) =>
    answered(scene)
      .filter((mount) => mount.mode === 'embedded')
      .flatMap((mount): readonly Trap[] => {
        const { mpm } = scene.deployment.server;
        const text = scene.scriptText(mount.script);
        const call = text === null ? null : findSelfSignal(text);
        if (text === null || call === null || looksAtProcessGroup(text)) return [];
        return [
          {
            at: placeIn(mount.script, text, call.index),
            severity: 'warning',
            message:
              call.signal === 'SIGINT' || isDeaf(mpm)
                ? `${mount.url} runs embedded in the Apache children, which ignore ${call.signal}: this line reloads nothing`
                : `${mount.url} runs embedded in the Apache children: this line ends the child amid its response`,
            fix: "do it only if environ['mod_wsgi.process_group'] is not empty, or run the script in a daemon process group",
          },
        ];
      }),
};

/** `os.kill(os.getpid(), signal.SIGINT)` and `signal.raise_signal(signal.SIGINT)`, however they are spaced. */
const selfSignal =
  /^(?<before>[^#\n]*?)\b(?:kill\s*\(\s*(?:os\s*\.\s*)?getpid\s*\(\s*\)\s*,|raise_signal\s*\()\s*(?:signal\s*\.\s*)?(?:Signals\s*\.\s*)?(?<signal>SIGINT|SIGTERM)\b/m;

function findSelfSignal(text: string): { readonly index: number; readonly signal: string } | null {
  const found = selfSignal.exec(text);
  const { before, signal } = found?.groups ?? {};
  if (!found || before === undefined || signal === undefined) return null;
  return { index: found.index + (before.length - before.trimStart().length), signal };
}

/** A script that mentions the key at all knows the difference; how well is beyond a look at its text. */
const looksAtProcessGroup = (text: string): boolean => /mod_wsgi\.process_group/.test(text);

function placeIn(file: string, text: string, index: number): Position {
  const before = text.slice(0, index).split('\n');
  return { file, line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
