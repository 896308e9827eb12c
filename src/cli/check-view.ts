/**
 * Shows what a check says, as it says it: what is against a rule at once, the table at the end. On a terminal the table stands
 * there all the time and fills, with what is known so far.
 */
import type { CheckedTarget, CheckRecord, CheckVerdict, ResultRecord } from '../../spec/check-record.ts';
import { ruleById } from '../../spec/rules/catalogue.ts';
import type { Finding } from '../judge/judge.ts';
import { checkCount, checkMatrix, checkStory, isWorse, matrixKey } from '../render/check-matrix.ts';
import type { Shell } from './shell.ts';

export class CheckView {
  readonly #shell: Shell;
  readonly #doing = new Map<string, string>();
  readonly #results: ResultRecord[] = [];
  /** By target and rule: the worst that was seen yet. */
  readonly #soFar = new Map<string, Map<string, CheckVerdict>>();
  readonly #hasRare: (target: string) => boolean;
  #mayBeThorough = false;
  #targets: readonly CheckedTarget[] = [];
  #histories = 0;

  /** @param hasRare - Whether a target has more to try than it is asked for. */
  constructor(shell: Shell, hasRare: (target: string) => boolean = () => false) {
    this.#shell = shell;
    this.#hasRare = hasRare;
  }

  hear(record: CheckRecord): void {
    const { out, palette } = this.#shell;
    switch (record.kind) {
      case 'header':
        this.#targets = record.targets;
        this.#mayBeThorough = record.targets.some(({ id, rare }) => rare === undefined && this.#hasRare(id));
        for (const { id, version, missing } of record.targets)
          this.#line(
            missing ? `${palette.dim(id)}: not here: ${missing.what}\n  fix: ${missing.fix}` : `${id}: ${version}`,
          );
        break;
      case 'history':
        this.#histories++;
        if (record.broke !== null)
          this.#line(
            `${palette.bad('could not be run')}: history ${record.history} of ${record.target}: ${record.broke}`,
          );
        else if (record.stuck)
          this.#line(
            `${palette.warning('was stuck')}: history ${record.history} of ${record.target}: nothing happened in ${record.stuck.shown} of ${record.stuck.of} tries; it is judged by the last`,
          );
        break;
      case 'result':
        this.#results.push(record);
        if (['fail', 'flaky', 'harness-failed'].includes(record.verdict))
          this.#line(`\n${checkStory(record, ruleById(record.rule)?.says ?? '', this.#shell)}`);
        break;
      case 'footer':
        this.#shell.progress('');
        out(`\n${checkMatrix(this.#targets, this.#results, this.#shell)}\n${palette.dim(matrixKey)}\n`);
        for (const { target, rule, verdict, detail } of this.#results)
          if (['fail', 'harness-failed'].includes(verdict) && detail.known === null)
            out(
              `\n${palette.bad(verdict === 'fail' ? 'broken, and not known' : 'the kit broke')}: ${rule} on ${target}\n`,
            );
        for (const { target, rule, because } of record.stale)
          out(`\n${palette.bad('out of date')}: ${rule} on ${target} is known to fail (${because}), and was kept\n`);
        if (record.stuck)
          out(
            `\n${palette.warning('was stuck')}: ${record.stuck.shown} of ${record.stuck.of} runs, in which nothing happened\n`,
          );
        out(`\n${this.#histories} servers started: ${checkCount(record)}\n`);
        if (this.#mayBeThorough && record.counts['not-exercised'] > 0)
          out(
            `${palette.dim('--thorough tries deployments that are made for what was not exercised; it takes minutes')}\n`,
          );
        break;
    }
  }

  progress(target: string, doing: string): void {
    if (doing === '') this.#doing.delete(target);
    else this.#doing.set(target, doing);
    this.#draw();
  }

  soFar(target: string, findings: readonly Finding[]): void {
    const known = this.#soFar.get(target) ?? new Map<string, CheckVerdict>();
    this.#soFar.set(target, known);
    for (const { rule, verdict } of findings) {
      const before = known.get(rule);
      if (before === undefined || isWorse(verdict, before)) known.set(rule, verdict);
    }
    this.#draw();
  }

  /** The table, or where it has no room the rows of what is under way. */
  #draw(): void {
    const { height, width, errorPalette, progress } = this.#shell;
    const isTall = this.#targets.length + 2 < height;
    const shown = isTall ? this.#targets : this.#targets.filter(({ id }) => this.#doing.has(id));
    const standings = shown.flatMap(({ id }) =>
      [...(this.#soFar.get(id) ?? [])].flatMap(([rule, verdict]) => {
        const area = ruleById(rule)?.area;
        return area === undefined ? [] : [{ target: id, area, verdict }];
      }),
    );
    progress(checkMatrix(shown, standings, { width: width - 1, palette: errorPalette }, this.#doing));
  }

  end(): void {
    this.#shell.progress('');
  }

  #line(text: string): void {
    this.#shell.progress('');
    this.#shell.out(`${text}\n`);
  }
}
