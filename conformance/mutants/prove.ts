/**
 * `npm run conform:proof`: how sure the kit is of itself. Each rule is asked about servers that are broken on purpose, and about
 * the sound one in the same scenario; the score is how many rules catch at least one of the broken ones.
 */
import { rules } from '../../spec/rules/catalogue.ts';
import { mutants } from './mutants.ts';
import { pairs, prove } from './proof.ts';

const seed = 7;
const proofs = pairs(mutants).map(({ rule, mutant }) => prove(rule, mutant, seed));
const caught = new Set(proofs.filter(({ isKilled }) => isKilled).map(({ rule }) => rule.id));
const fromOutside = new Set(proofs.filter(({ isKilledFromOutside }) => isKilledFromOutside).map(({ rule }) => rule.id));
const escaped = proofs.filter(({ isKilled }) => !isKilled);

for (const { rule, mutant, sound, unsound } of escaped)
  console.log(`${rule.id} says ${sound} of the sound server and ${unsound} of one that ${mutant.name}`);
for (const { id } of rules.filter((rule) => !caught.has(rule.id))) console.log(`${id} catches no mutant`);
console.log(
  `mutation score: ${caught.size} of ${rules.length} rules catch one of ${mutants.length} mutants, ${fromOutside.size} of them from outside the server`,
);
process.exitCode = caught.size === rules.length && escaped.length === 0 ? 0 : 1;
