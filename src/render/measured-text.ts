/** What a server was measured to do, as warnings below the explanation of a configuration. */
import type { Measured, MeasuredWarning } from '../../spec/quirks/measured.ts';
import type { TextStyle } from './palette.ts';
import { versionsWords } from './profile-text.ts';
import { hanging } from './wrap.ts';

/** Lines without a final line break. */
export function measuredText(measured: Measured | null, style: TextStyle): string {
  if (measured === null)
    return line('no profile is of such a server: wsgiscope profile measures the one that is installed', style);
  const { versions, isSameLine, explainedAs, on, targets, warnings, command } = measured;
  const known = isSameLine
    ? `the configuration does not say which version reads it, and is explained as one of ${explainedAs}`
    : `nothing nearer was measured, and the configuration is explained as one of ${explainedAs}: what follows may be otherwise there`;
  return [
    line(
      `${versionsWords(versions)}, run as ${targets.join(' and ') || 'none of the ways measured'}, on ${on}; ${known}`,
      style,
    ),
    ...warnings.map((warning) => warningText(warning, targets, style)),
    line(`measure it again: ${command}`, style),
  ].join('\n');
}

function warningText({ id, targets, message, evidence }: MeasuredWarning, all: readonly string[], style: TextStyle) {
  const whose = targets.length === all.length ? '' : ` (${targets.join(', ')})`;
  const said = hanging(`${id}: ${message}${whose}`, style.width - 2, 2).replaceAll('\n', '\n  ');
  const where = hanging(`evidence: ${evidence}`, style.width - 4, 10).replaceAll('\n', '\n    ');
  return `  ${said.replace(id, style.palette.warning(id))}\n    ${where}`;
}

const line = (text: string, { width }: TextStyle): string => `  ${hanging(text, width - 2, 2)}`;
