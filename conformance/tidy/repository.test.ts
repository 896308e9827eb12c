import { describe, expect, it } from 'vitest';
import { textOf, trackedFiles } from './tracked-files.ts';

const files = trackedFiles();
const texts = files.filter((path) => !path.endsWith('.svg') && path !== 'package-lock.json');

describe('the repository', () => {
  it('names no registry in the lock file, so that everybody installs from their own', () => {
    expect(textOf('package-lock.json').match(/"resolved":|https?:\/\/[^"]*\.tgz/g)).toBeNull();
  });

  it('locks the packages of every platform, without which npm ci refuses the lock file', () => {
    const packages: Readonly<Record<string, { readonly optionalDependencies?: object }>> = JSON.parse(
      textOf('package-lock.json'),
    ).packages;
    const locked = Object.keys(packages);
    const missing = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies).filter((name) => !locked.some((path) => path.endsWith(`node_modules/${name}`))),
    );
    expect(missing).toEqual([]);
  });

  it('pins every dependency to one version', () => {
    const { dependencies, devDependencies } = JSON.parse(textOf('package.json'));
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/.test(String(version)),
    );
    expect(loose).toEqual([]);
  });

  it('runs no install script of a dependency', () => {
    const { packages } = JSON.parse(textOf('package-lock.json'));
    const withScripts = Object.entries<{ hasInstallScript?: boolean; optional?: boolean }>(packages).filter(
      ([path, { hasInstallScript, optional }]) => path !== '' && hasInstallScript === true && optional !== true,
    );
    expect(withScripts.map(([path]) => path)).toEqual([]);
  });

  it('holds no path of the machine it was written on, and no registry host', () => {
    // Written in pieces, or this file would be its own finding.
    const forbidden = new RegExp(
      `/${'wo'}rk/(main|shared)|/${'ro'}ot/|bash_${'jobs'}|registry\\.${'npm'}|deb\\.${'debian'}`,
    );
    const found = texts.flatMap((path) => {
      const line = textOf(path)
        .split('\n')
        .find((one) => forbidden.test(one));
      return line === undefined ? [] : [`${path}: ${line.trim()}`];
    });
    expect(found).toEqual([]);
  });
});
