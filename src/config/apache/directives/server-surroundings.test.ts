import { describe, expect, it } from 'vitest';
import { plainServer } from '../../../../spec/serving/surroundings.ts';
import { deploymentOf, findings } from '../read-text.ts';
import { writeApache } from '../write.ts';

describe('What every process is given', () => {
  it('is nothing of its own unless the configuration says so; only signal handlers are restricted', () =>
    expect(deploymentOf('Listen 80\n').surroundings).toEqual(plainServer));

  it('follows the last of several directives, and adds up the filters for warnings', () =>
    expect(
      deploymentOf(
        'User a\nUser www-data\nGroup #33\nWSGIPythonPath /a\nWSGIPythonPath /b:/c\nWSGIPythonWarnings error\nWSGIPythonWarnings ignore::UserWarning\nWSGIPythonOptimize 2x\nWSGIRestrictStdout On\nWSGIRestrictSignal off\nWSGILazyInitialization Off\n',
      ).surroundings,
    ).toEqual({
      ...plainServer,
      user: 'www-data',
      group: '#33',
      pythonPath: '/b:/c',
      pythonWarnings: ['error', 'ignore::UserWarning'],
      pythonOptimize: 2,
      restrictStdout: true,
      restrictSignal: false,
      lazyInitialization: false,
    }));

  it.each([
    ['User root\n', 'CFG011@1:6'],
    ['User #0\n', 'CFG011@1:6'],
    ['WSGIPythonHashSeed 4294967296\n', 'CFG011@1:20'],
    ['WSGIRestrictStdin yes\n', 'CFG019@1:19'],
    ['<VirtualHost *:80>\nWSGIPythonHome /venv\n</VirtualHost>\n', 'CFG002@2:1'],
  ])('is refused where the server refuses it: %j', (text, found) => expect(findings(text)).toEqual([found]));

  it('says of the locks of interpreters what was written, in its order, and is written back', () => {
    const text =
      'WSGIPerInterpreterGIL On\nWSGIDestroyInterpreter Off\n<WSGIInterpreterOptions process-group=%{GLOBAL} "application-group=a b">\nWSGIPerInterpreterGIL Off\n</WSGIInterpreterOptions>\n<WSGIInterpreterOptions process-group=shop>\nWSGIFreeThreading On\n</WSGIInterpreterOptions>\n';
    const deployment = deploymentOf(text, { modWsgi: '6' });
    expect(deployment.surroundings).toEqual({
      ...plainServer,
      destroyInterpreter: false,
      gil: [
        { directive: 'WSGIPerInterpreterGIL', on: true, within: null },
        { directive: 'WSGIPerInterpreterGIL', on: false, within: { processGroup: '', applicationGroup: 'a b' } },
        { directive: 'WSGIFreeThreading', on: true, within: { processGroup: 'shop', applicationGroup: null } },
      ],
    });
    expect(deploymentOf(writeApache(deployment, { modules: null }), { modWsgi: '6' }).surroundings).toEqual(
      deployment.surroundings,
    );
  });

  it('warns that no application group alone can be without a lock', () =>
    expect(
      findings('<WSGIInterpreterOptions application-group=a>\nWSGIFreeThreading On\n</WSGIInterpreterOptions>\n', {
        modWsgi: '6',
      }),
    ).toEqual(['CFG048@2:1']));

  it('in mod_wsgi 6 may be meant for one interpreter alone, and then holds for no other', () =>
    expect(
      deploymentOf(
        'WSGIRestrictStdin On\n<WSGIInterpreterOptions application-group=a>\nWSGIRestrictStdin Off\n</WSGIInterpreterOptions>\n',
        { modWsgi: '6' },
      ).surroundings.restrictStdin,
    ).toBe(true));
});
