/** What hazards look at: a deployment, what it will do, and where each part of it was written. */
import type { ApacheDeployment, ScriptAlias, Settings } from '../../../spec/deployments/apache.ts';
import { type PredictedMount, type Prediction, predict } from '../../../spec/predict.ts';
import { mountName, mountsOf } from '../../../spec/routing/mounts.ts';
import { type RoutedMount, type RoutingWorld, settingLevels } from '../../../spec/routing/route.ts';
import type { Position } from '../diagnostic.ts';
import { type Origins, originOf, type Subject } from '../origins.ts';

export interface Scene {
  readonly deployment: ApacheDeployment;
  readonly prediction: Prediction;
  /** Every mount that can be asked, in the order of the prediction. */
  readonly mounts: readonly SceneMount[];
  /** Where this part was written; null if it was not. */
  origin(subject: Subject): Position | null;
  /** Where the first of these parts that the configuration holds was written, or the beginning of the configuration. */
  place(...subjects: readonly (Subject | null)[]): Position;
  /** The text of a script; null where it cannot be read. */
  scriptText(path: string): string | null;
}

/** A predicted mount and the way a request takes to it. */
export interface SceneMount extends PredictedMount {
  readonly name: string;
  /** The alias that answers. */
  readonly alias: ScriptAlias;
  /** An alias further down that names this URL and does not answer it. */
  readonly hidden: readonly ScriptAlias[];
  /** Index of the host that answers. */
  readonly hostIndex: number;
  readonly pathInfo: string;
}

export interface SceneSetup {
  readonly deployment: ApacheDeployment;
  readonly origins: Origins;
  /** The configuration file, for what was written nowhere. */
  readonly file: string;
  readonly world?: RoutingWorld;
  readonly readScript?: (path: string) => string | null;
}

export function sceneOf({ deployment, origins, file, world, readScript }: SceneSetup): Scene {
  const prediction = predict(deployment, world);
  const routed = new Map<string, { readonly way: RoutedMount; readonly hidden: ScriptAlias[] }>();
  for (const mount of mountsOf(deployment, world)) {
    if (mount.route === null || mount.route.kind === 'unmapped') continue;
    const name = mountName(mount);
    const entry = routed.get(name) ?? { way: mount.route.mount, hidden: [] };
    if (mount.shadowed) entry.hidden.push(mount.alias);
    routed.set(name, entry);
  }
  return {
    deployment,
    prediction,
    mounts: prediction.mounts.flatMap((mount): readonly SceneMount[] => {
      const name = mountName(mount);
      const found = routed.get(name);
      return found ? [{ ...mount, name, hidden: found.hidden, ...wayOf(found.way) }] : [];
    }),
    origin: (subject) => originOf(origins, subject),
    place: (...subjects) => {
      for (const subject of subjects) {
        const position = subject && originOf(origins, subject);
        if (position) return position;
      }
      return { file, line: 1, column: 1 };
    },
    scriptText: readScript ?? (() => null),
  };
}

const wayOf = ({ alias, host, pathInfo }: RoutedMount): Pick<SceneMount, 'alias' | 'hostIndex' | 'pathInfo'> => ({
  alias,
  hostIndex: host,
  pathInfo,
});

/** The alias as a part of the configuration; null if it is in none of the deployment's lists. */
export function aliasSubject(scene: Scene, alias: ScriptAlias): Extract<Subject, { kind: 'script-alias' }> | null {
  for (const [host, { scriptAliases }] of scene.deployment.hosts.entries()) {
    const index = scriptAliases.indexOf(alias);
    if (index >= 0) return { kind: 'script-alias', host, index };
  }
  return null;
}

/** Settings of which a mount has one, with the directive and the alias option that write it. */
const settingWriters = {
  processGroup: { directive: 'WSGIProcessGroup', option: 'process-group' },
  applicationGroup: { directive: 'WSGIApplicationGroup', option: 'application-group' },
  scriptReloading: { directive: 'WSGIScriptReloading', option: null },
  restrictProcess: { directive: 'WSGIRestrictProcess', option: null },
  access: { directive: 'Require', option: null },
  canonicalName: { directive: 'UseCanonicalName', option: null },
} as const satisfies Partial<Record<keyof Settings, { directive: string; option: string | null }>>;
export type WrittenSetting = keyof typeof settingWriters;

/** What decided a setting of a mount. */
export interface Decision<Key extends WrittenSetting> {
  readonly value: NonNullable<Settings[Key]>;
  readonly subject: Subject;
}

/** The option or directive that decided a setting of this mount, as Apache merges them; null where it is a default. */
export function decided<Key extends WrittenSetting>(scene: Scene, mount: SceneMount, key: Key): Decision<Key> | null {
  const { directive, option } = settingWriters[key];
  const alias = aliasSubject(scene, mount.alias);
  if (option !== null && alias) {
    const settings: Settings = mount.alias.settings;
    const value = settings[key];
    if (value !== undefined) return { value, subject: { ...alias, kind: 'script-alias-option', option } };
  }
  const levels = settingLevels(scene.deployment, mount.hostIndex, mount.script, mount.url, mount.pathInfo);
  const last = levels.findLast((level) => level.settings[key] !== undefined);
  const value = last?.settings[key];
  if (!last || value === undefined) return null;
  return { value, subject: { kind: 'setting', host: last.host, section: last.section, directive } };
}

/** The mounts that an application answers. */
export const answered = (scene: Scene): readonly SceneMount[] =>
  scene.mounts.filter((mount) => mount.answer.kind === 'application');
