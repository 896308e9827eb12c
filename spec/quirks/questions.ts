/** Every question that a server is asked when its profile is measured, in the order of the table. */
import { environQuestions } from './environ-questions.ts';
import { errorQuestions } from './error-questions.ts';
import { processQuestions } from './process-questions.ts';
import type { Question } from './question.ts';
import { requestQuestions } from './request-questions.ts';
import { responseQuestions } from './response-questions.ts';

export const questions: readonly Question[] = [
  ...errorQuestions,
  ...responseQuestions,
  ...requestQuestions,
  ...environQuestions,
  ...processQuestions,
];

export const questionById = (id: string): Question | undefined => questions.find((question) => question.id === id);
