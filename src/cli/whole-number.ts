/** A whole number on a command line. */
import { Obstacle } from './command.ts';
import { exitCodes } from './exit-codes.ts';

/** Reads one between these bounds, both included. @throws Obstacle for anything else. */
export const wholeNumber =
  (option: string, min: number, max: number) =>
  (text: string): number => {
    if (/^\d{1,10}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
    throw new Obstacle(
      exitCodes.undecided,
      `${option} ${text}: this cannot be\nfix: write a whole number from ${min} to ${max}`,
    );
  };
