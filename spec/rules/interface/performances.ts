/** A trace read program by program: what an application told of an exchange, and what its client received. */
import type { Environ, Program, ProgramCall, Received, Tried } from '../../programs.ts';
import { type EventOf, eventsOf, type Trace } from '../../trace.ts';
import type { RequestId } from '../../vocabulary.ts';
import { rememberedByTrace } from '../remember.ts';

export interface Performance {
  readonly request: RequestId;
  readonly program: Program;
  readonly sent: EventOf<'request.sent'>;
  /** The application was reached: what the server answers before that is not about its interface. */
  readonly isEntered: boolean;
  readonly told: readonly EventOf<'program.told'>[];
  readonly progressed: readonly EventOf<'response.progressed'>[];
  /** Null where the trace ends before, or nobody listened. */
  readonly received: EventOf<'response.received'> | null;
}

/** One whose client was answered, or hung up. */
export interface Finished extends Performance {
  readonly received: EventOf<'response.received'>;
}

/** What performances need to be seen. */
export const performanceKinds = ['request.sent', 'program.told', 'response.received'] as const;

/** Every performance of a trace, in the order sent. */
export const performances = rememberedByTrace((trace): readonly Performance[] => {
  const observed = new Set(eventsOf(trace, 'observation').map(({ request }) => request));
  const of = <E extends { readonly request: RequestId }>(events: readonly E[], request: RequestId): readonly E[] =>
    events.filter((event) => event.request === request);
  const [told, progressed, received] = [
    eventsOf(trace, 'program.told'),
    eventsOf(trace, 'response.progressed'),
    eventsOf(trace, 'response.received'),
  ];
  return eventsOf(trace, 'request.sent').flatMap((sent): readonly Performance[] => {
    const { request, behave } = sent;
    if (behave?.kind !== 'perform') return [];
    const own = of(told, request);
    return [
      {
        request,
        program: behave.program,
        sent,
        isEntered: own.length > 0 || observed.has(request),
        told: own,
        progressed: of(progressed, request),
        received: of(received, request).at(0) ?? null,
      },
    ];
  });
});

/** The performances of these programs that reached their application and came to an end. */
export const finished = (trace: Trace, ...programs: readonly Program[]): readonly Finished[] =>
  performances(trace).filter(
    (one): one is Finished => one.isEntered && one.received !== null && programs.includes(one.program),
  );

/** Each environ that an application described. */
export const describedEnvirons = (trace: Trace): readonly { readonly one: Finished; readonly environ: Environ }[] =>
  finished(trace, 'describes-environ').flatMap((one) =>
    one.told.flatMap(({ told }) => (told.what === 'environ' ? [{ one, environ: told.environ }] : [])),
  );

/** What came of a call that a program tried; undefined where it did not come to it. */
export const triedBy = ({ told }: Performance, call: ProgramCall): Tried | undefined =>
  told.flatMap((event) => (event.told.what === 'tried' && event.told.call === call ? [event.told.outcome] : []))[0];

/** The server or its client knows that something went wrong: an error is answered, or no whole response. */
export const isRefused = ({ status, end }: Received): boolean =>
  end !== 'complete' || (status !== null && status >= 500);

/** What the client received, in words. */
export function answerOf({ received: { received } }: Finished): string {
  const { statusLine, bodyLength, beyond, end } = received;
  const more = beyond > 0 ? ` and ${beyond} more behind its end` : '';
  const ending = {
    complete: 'as a whole response',
    cut: 'and then the connection was closed too early',
    reset: 'and then the connection was reset',
    silence: 'and then nothing more for a long time',
    'hung-up': 'and then hung up',
  }[end];
  return `the client received ${statusLine === null ? 'no status line' : `'${statusLine}'`}, ${bodyLength} bytes of body${more} ${ending}`;
}

/** An exception in words. */
export const errorOf = (tried: Tried | undefined): string =>
  tried?.kind === 'raised' ? `${tried.type}: ${tried.message}` : 'nothing';

/** The events that show how it went. */
export const shownBy = ({ sent, told, received }: Performance): readonly number[] => [
  sent.seq,
  ...told.map(({ seq }) => seq),
  ...(received ? [received.seq] : []),
];
