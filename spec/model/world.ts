/**
 * One of the ways in which a trace may have come about so far: what the parents have started, and what each process may be.
 * Worlds are never changed, only followed by others.
 */
import type { Mark, TraceEvent } from '../trace.ts';
import type { RequestId } from '../vocabulary.ts';
import { closure, type Instruction, type Local } from './life.ts';
import { lacks, type Parent } from './parent.ts';
import type { ProcessKind } from './process-kind.ts';

export interface World {
  /** By place; null where it is not known what a parent may start. */
  readonly parents: ReadonlyMap<Place, Parent | null>;
  readonly lives: ReadonlyMap<Mark, Life>;
  /** Since when a place has lacked a process, in ms. */
  readonly lacking: ReadonlyMap<Place, number>;
}

export interface Life {
  readonly mark: Mark;
  readonly pid: number;
  readonly place: Place;
  readonly kind: ProcessKind;
  readonly locals: readonly Local[];
  readonly instructions: readonly Instruction[];
  /** The event by which it was there. */
  readonly since: number;
  /** Since when it can have nothing left to do but go, in ms; null while it can. */
  readonly leavingSince: number | null;
  /** It heard for certain that it is to go, or something else. */
  readonly isTold: boolean;
  /** It was seen to be gone. */
  readonly isOver: boolean;
}

/** A process group of Apache, `''` for the children; null for the workers of any other server. */
export type Place = string | null;

export const withLife = (world: World, life: Life): World => ({
  ...world,
  lives: new Map(world.lives).set(life.mark, life),
});
export const withParent = (world: World, place: Place, parent: Parent): World => ({
  ...world,
  parents: new Map(world.parents).set(place, parent),
});

/** From now on a place lacks a process, or it lacks none any more. */
export function noted(world: World, place: Place, at: number): World {
  const parent = world.parents.get(place) ?? null;
  const lacking = new Map(world.lacking);
  if (parent !== null && lacks(parent)) lacking.set(place, at);
  else lacking.delete(place);
  return { ...world, lacking };
}

export function without(local: Local, request: RequestId): Local {
  if (!local.requests.has(request)) return local;
  const requests = new Map(local.requests);
  requests.delete(request);
  return { ...local, requests };
}

/** Each state once: a closure without any moves. */
export const distinct = (locals: readonly Local[], { kind }: Life, { seq, at }: Pick<TraceEvent, 'seq' | 'at'>) =>
  closure({ ...kind, hidden: [], threads: Math.min(kind.threads, 1) }, locals, {
    seq,
    at: at - Number.POSITIVE_INFINITY,
    callers: [],
    instructions: [],
    hidden: [],
    isDoomed: false,
  });
