/** The published form of a profile, and the reader of it: {@link file://../../spec/quirks/profile.ts}, for programs. */
import * as v from 'valibot';
import { type Profile, profiledServers, profileVersion } from '../../spec/quirks/profile.ts';
import { questionById } from '../../spec/quirks/questions.ts';

const text = v.pipe(v.string(), v.minLength(1));
const described = <Schema extends v.GenericSchema>(schema: Schema, says: string) => v.pipe(schema, v.description(says));
const targetIds = v.pipe(v.array(text), v.minLength(1));

const evidence = v.object({
  steps: described(v.optional(v.array(text)), 'What was done and seen beyond the bytes of one connection.'),
  sent: described(v.optional(v.string()), 'The bytes that the client sent, as Latin-1.'),
  seen: described(v.optional(v.string()), 'The bytes that it received, as Latin-1; long ones are cut in the middle.'),
  ended: described(
    v.optional(v.picklist(['complete', 'closed', 'reset', 'refused', 'still open'])),
    'How it ended: with a complete response, or otherwise.',
  ),
});

/** One file of conformance/profiles. The published JSON schema is made from it. */
export const profileSchema = v.object({
  version: v.literal(profileVersion),
  server: v.picklist(profiledServers),
  versions: described(
    v.record(v.string(), text),
    'Of the server and of what it ran on, each as it says itself: { "gunicorn": "20.1.0", "CPython": "3.11.2" }.',
  ),
  measured: v.object({
    on: described(v.pipe(v.string(), v.isoDate()), 'The day.'),
    command: described(text, 'What measures it again.'),
    tool: described(text, 'The version of wsgiscope.'),
  }),
  targets: described(
    v.pipe(
      v.array(
        v.object({
          id: text,
          title: text,
          started: described(text, 'How it was started, or the configuration it was started with.'),
        }),
      ),
      v.minLength(1),
    ),
    'The ways in which the server was run.',
  ),
  choices: described(
    v.array(
      v.object({
        question: described(text, 'The name of a question of docs/reference/servers.md.'),
        answers: described(
          v.pipe(v.array(v.object({ targets: targetIds, answer: text, evidence })), v.minLength(1)),
          'Targets that answered alike stand together; the evidence is that of the first.',
        ),
      }),
    ),
    'What the standards leave open, or servers answer differently all the same. Bytes are exact but for dates, ports and names of the machine, which stand in angle brackets.',
  ),
  faults: described(
    v.array(
      v.object({
        rule: text,
        level: v.picklist(['must', 'should', 'may']),
        says: described(text, 'The rule in one sentence.'),
        targets: targetIds,
        evidence: described(text, 'What was seen.'),
        because: described(v.nullable(text), 'What it comes to, and the page that tells it.'),
        token: described(v.nullable(text), 'Replays it on the first of these targets.'),
      }),
    ),
    'Rules that it does not keep.',
  ),
});

export type ReadProfile =
  | { readonly kind: 'read'; readonly profile: Profile }
  | { readonly kind: 'rejected'; readonly message: string };

/** @param json - What JSON.parse gave. */
export function readProfile(json: unknown): ReadProfile {
  const read = v.safeParse(profileSchema, json);
  if (!read.success) {
    const [issue] = read.issues;
    return { kind: 'rejected', message: `${v.getDotPath(issue) ?? 'the profile'}: ${issue.message}` };
  }
  const profile = read.output as Profile;
  const message = contradiction(profile);
  return message === null ? { kind: 'read', profile } : { kind: 'rejected', message };
}

/** What no schema says: every answer is one of its question, and every target is one of the profile. */
function contradiction({ targets, choices, faults }: Profile): string | null {
  const ids = targets.map(({ id }) => id);
  for (const { question, answers } of choices) {
    const known = questionById(question)?.answers;
    if (known === undefined) return `there is no question ${question}`;
    const odd = answers.find(({ answer }) => !Object.hasOwn(known, answer));
    if (odd) return `${question} has no answer ${odd.answer}`;
  }
  const named = [...choices.flatMap(({ answers }) => answers), ...faults].flatMap((one) => one.targets);
  const strange = named.find((id) => !ids.includes(id));
  return strange === undefined ? null : `${strange} is none of its targets`;
}
