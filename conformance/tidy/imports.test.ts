import { describe, expect, it } from 'vitest';
import { importsOf, objection, partOf } from './imports.ts';
import { textOf, trackedFiles } from './tracked-files.ts';

const sources = trackedFiles().filter((path) => path.endsWith('.ts') && path.includes('/'));
// A test may use the tools of testing and, to prove a property, what stands beside the part it tests.
const products = sources.filter((path) => !path.endsWith('.test.ts'));

describe('the house', () => {
  it('has a part for every source file', () => {
    expect(sources.filter((path) => partOf(path) === undefined)).toEqual([]);
    expect(products.length).toBeGreaterThan(30);
  });

  it('is imported one way: spec ← src ← conformance ← src/cli', () => {
    const wrong = products.flatMap((path) =>
      importsOf(textOf(path)).flatMap((one) => {
        const because = objection(path, one);
        return because === null ? [] : [`${path}:${one.line}: ${one.specifier}: ${because}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('objects to the imports it must object to', () => {
    const against = (file: string, specifier: string): string | null => objection(file, { specifier, line: 1 });
    expect(against('spec/routing/route.ts', '../../src/config/source.ts')).toBe('spec may not import src/config');
    expect(against('spec/routing/route.ts', 'node:fs')).toBe('spec never touches Node');
    expect(against('spec/rules/rule.ts', '../trace.ts')).toBeNull();
    expect(against('src/render/a.ts', '../config/source.ts')).toBe('src/render may not import src/config');
    expect(against('src/gateway/a.ts', '../cli/docs.ts')).toBe('src/gateway may not import src/cli');
    expect(against('conformance/tidy/a.ts', '../../src/cli/docs.ts')).toBe('conformance may not import src/cli');
    expect(against('src/cli/a.ts', '../../conformance/adapters/a.ts')).toBeNull();
    expect(against('src/judge/a.ts', 'commander')).toBe('src/judge does not use commander');
  });

  it('finds imports however they are written, and none in comments', () => {
    const text = [
      "import a from './a.ts';",
      "import {\n  b,\n  type C,\n} from './b.ts';",
      "export { d } from './d.ts';",
      "import './e.ts';",
      "const f = await import('./f.ts');",
      "// import g from './g.ts';",
    ].join('\n');
    expect(importsOf(text)).toEqual([
      { specifier: './a.ts', line: 1 },
      { specifier: './b.ts', line: 2 },
      { specifier: './d.ts', line: 6 },
      { specifier: './e.ts', line: 7 },
      { specifier: './f.ts', line: 8 },
    ]);
  });
});
