/** Shows what a check says, as it says it: what is against a rule at once, the table at the end. */
import type { CheckedTarget, CheckRecord, ResultRecord } from '../../spec/check-record.ts';
import { ruleById } from '../../spec/rules/catalogue.ts';
import { checkCount, checkMatrix, checkStory, matrixKey } from '../render/check-matrix.ts';
import type { Shell } from './shell.ts';

export class CheckView {
  readonly #shell: Shell;
  readonly #doing = new Map<string, string>();
  readonly #results: ResultRecord[] = [];
  #targets: readonly CheckedTarget[] = [];
  #histories = 0;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  hear(record: CheckRecord): void {
    const { out, palette } = this.#shell;
    switch (record.kind) {
      case 'header':
        this.#targets = record.targets;
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
        break;
      case 'result':
        this.#results.push(record);
        if (['fail', 'flaky', 'harness-failed'].includes(record.verdict))
          this.#line(`\n${checkStory(record, ruleById(record.rule)?.says ?? '', this.#shell)}`);
        break;
      case 'footer':
        this.#shell.progress('');
        out(`\n${checkMatrix(this.#targets, this.#results, this.#shell)}\n${palette.dim(matrixKey)}\n`);
        for (const { target, rule, because } of record.stale)
          out(`\n${palette.bad('out of date')}: ${rule} on ${target} is known to fail (${because}), and was kept\n`);
        out(`\n${this.#histories} servers started: ${checkCount(record)}\n`);
        break;
    }
  }

  progress(target: string, doing: string): void {
    if (doing === '') this.#doing.delete(target);
    else this.#doing.set(target, doing);
    this.#shell.progress([...this.#doing].map(([id, what]) => `${id}: ${what}`).join(' | '));
  }

  end(): void {
    this.#shell.progress('');
  }

  #line(text: string): void {
    this.#shell.progress('');
    this.#shell.out(`${text}\n`);
  }
}
