import type { ApacheRule } from '../rule.ts';
import { judgeGifts } from './given.ts';

export const langAndLocaleAreInTheEnvironment: ApacheRule = {
  id: 'CONF-LANG-01',
  level: 'must',
  area: 'surroundings',
  says: 'lang is the environment variable LANG of the processes of the group, and locale their LC_ALL and the locale of C.',
  appliesTo: ['mod_wsgi-daemon'],
  needs: ['observation'],
  source: [
    'mod_wsgi 4.9.4, mod_wsgi.c, wsgi_start_process',
    'mod_wsgi manual, WSGIDaemonProcess, lang=locale and locale=locale',
  ],
  why: 'Without one of them Python takes file names and files for ASCII where Apache was started without a language.',
  judge: (run) =>
    judgeGifts(run, 'no process was seen whose group has a language or a locale', [
      { option: 'lang', wanted: ({ lang }) => lang, found: ({ given }) => given.lang ?? '' },
      { option: 'locale', wanted: ({ locale }) => locale, found: ({ given }) => given.locale ?? '' },
    ]),
};
