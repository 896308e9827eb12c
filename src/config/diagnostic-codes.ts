/**
 * Every code a reader of configurations can give, with what it means. A code is never reused, and never means something
 * else later; the reference page is generated from here.
 */

export interface DiagnosticEntry {
  readonly title: string;
  /** Why the server behaves so and what follows from it, in a few sentences. */
  readonly explanation: string;
}

export const diagnosticCodes = {
  CFG001: {
    title: 'Unknown directive',
    explanation:
      'No module that is loaded knows the directive, so Apache refuses to start. When a file loads no module at all it is taken for a part of a larger configuration, and every module of Apache 2.4 counts as loaded.',
  },
  CFG002: {
    title: 'Directive in the wrong place',
    explanation:
      'Apache allows each directive only at the level of the server, only inside Directory, Location, Files or If, or at both; some are refused inside a VirtualHost.',
  },
  CFG003: {
    title: 'Wrong number or form of arguments',
    explanation:
      'Apache splits the arguments at white space, respecting quotes at the start of a word, and refuses a directive that has too few or too many.',
  },
  CFG004: {
    title: 'Section not closed, or closed in the wrong order',
    explanation:
      'Every section must be closed in the file that opened it, innermost first. Apache stops reading at the first that is not, and so does this reader.',
  },
  CFG005: {
    title: 'Included file cannot be read',
    explanation:
      'Include without a wildcard must name a file or a directory that exists; with a wildcard at least one file must match. IncludeOptional may find nothing.',
  },
  CFG006: {
    title: 'Files include one another too deeply',
    explanation: 'Apache follows includes 128 levels deep and takes anything deeper for a file that includes itself.',
  },
  CFG007: {
    title: 'Configuration cannot be read',
    explanation: 'The file named on the command line is missing, is a directory, is no text, or may not be read.',
  },
  CFG008: {
    title: 'Macros are not supported',
    explanation:
      'A Macro is text that Use repeats with other words. This reader does not expand it, and so cannot know what the server would see.',
  },
  CFG009: {
    title: 'Undefined variable',
    explanation:
      'A variable, a name in braces after a dollar sign, that was neither defined by Define nor found in the environment stays in the text as it is. Apache says so and goes on.',
  },
  CFG010: {
    title: 'Condition that depends on the request',
    explanation:
      'If, ElseIf and Else are decided for each request. The model has no such section: what stands inside is read and checked, and then left out of the prediction.',
  },
  CFG011: {
    title: 'Value out of bounds',
    explanation:
      'The server has a bound for the value, checks it when it reads the configuration, and refuses to start.',
  },
  CFG012: {
    title: 'Number with something behind it',
    explanation:
      'The server reads numbers with C\'s atoi, which stops at the first character that is not a digit and says nothing: "5m" is 5, "1,000" is 1, "2.5" is 2.',
  },
  CFG013: {
    title: 'Not a number at all',
    explanation:
      'The server reads numbers with C\'s atoi, which takes a word without digits for 0: "abc" and "off" are 0.',
  },
  CFG014: {
    title: 'Unknown option',
    explanation:
      'Options of mod_wsgi are written name=value without a space before the sign, in lower case, and each release has its own set.',
  },
  CFG015: {
    title: 'Daemon process group declared twice',
    explanation:
      'Names of daemon process groups are unique over the whole server, whatever virtual hosts they stand in.',
  },
  CFG016: {
    title: 'Process group not declared above',
    explanation:
      'A script that is loaded at process start names a process group, and mod_wsgi looks for the group at once: WSGIDaemonProcess must stand above. For a script loaded by the first request the order does not matter.',
  },
  CFG017: {
    title: 'Process group of another virtual host',
    explanation:
      'A group declared inside a virtual host can be used from hosts with the same ServerName only. mod_wsgi compares the names known at this line, so a ServerName further down does not count.',
  },
  CFG018: {
    title: 'Empty or missing value',
    explanation: 'The directive or option needs a value that is not empty.',
  },
  CFG019: {
    title: 'Neither On nor Off',
    explanation: 'The directive or option takes one of a few words, in any case.',
  },
  CFG020: {
    title: 'Regular expression that does not compile',
    explanation: 'Apache compiles patterns with PCRE when it reads them and refuses to start if that fails.',
  },
  CFG021: {
    title: 'Regular expression beyond this tool',
    explanation:
      'PCRE accepts the pattern, but it uses something that JavaScript has not. The prediction treats it as a pattern that never matches.',
  },
  CFG022: {
    title: 'Invalid address or port',
    explanation: 'An address is an IP address or a name, with IPv6 in brackets; a port is a number from 1 to 65535.',
  },
  CFG023: {
    title: 'Two Listens for one address and port',
    explanation: 'Apache opens each address and port once and refuses a second Listen for the same.',
  },
  CFG024: {
    title: 'No Listen',
    explanation:
      'Without any Listen Apache does not start ("no listening sockets available"). For a part of a configuration the ports are taken from its virtual hosts, or port 80 if there are none.',
  },
  CFG025: {
    title: 'Corrected by the MPM',
    explanation:
      'The settings of the MPM contradict one another or exceed a limit. Apache corrects them at start and says so in its error log; the effective value is the one used here.',
  },
  CFG026: {
    title: 'Corrected by the MPM without a word',
    explanation: 'The MPM adjusts the value when it starts to run, and does not say so.',
  },
  CFG027: {
    title: 'More than one MPM, or one that is not chosen',
    explanation: 'A server has exactly one multi-processing module.',
  },
  CFG028: {
    title: 'No MPM loaded',
    explanation:
      'Nothing in the configuration loads an MPM. Debian loads event unless told otherwise, and event is assumed; another can be chosen on the command line.',
  },
  CFG029: {
    title: 'Module cannot be loaded',
    explanation:
      'LoadModule names the structure inside the file: alias_module in mod_alias.so. Modules that are built into the server cannot be loaded.',
  },
  CFG030: {
    title: 'Module loaded twice',
    explanation: 'Apache skips the second LoadModule of a module and says so.',
  },
  CFG031: {
    title: 'mod_wsgi is not loaded',
    explanation:
      'The configuration loads modules but not wsgi_module. It is read as if it did; Apache would refuse every directive of mod_wsgi.',
  },
  CFG032: {
    title: 'Not on this machine',
    explanation:
      'Apache checks when it starts that the path is there. It is not on this machine; on the machine that runs the server it must be.',
  },
  CFG033: {
    title: 'Part of the configuration that the model leaves out',
    explanation: 'The server uses what stands there, and the model has no place for it: the prediction ignores it.',
  },
  CFG034: {
    title: 'Process that takes no request',
    explanation:
      'With threads=0 a daemon process only runs the scripts it was told to import and takes no request. A request sent to the group waits until it fails.',
  },
  CFG035: {
    title: 'The configuration stops itself',
    explanation: 'The directive Error makes Apache refuse the configuration with the message it holds.',
  },
  CFG036: {
    title: 'Number too large for its type',
    explanation:
      'The server keeps the number in 32 bits. A larger one wraps around and becomes another number, without a word.',
  },
  CFG037: {
    title: 'Old name',
    explanation: 'Apache still accepts the name, which was replaced by another in 2.4.',
  },
  CFG038: {
    title: 'Typographic quotes',
    explanation:
      'Curly quotes come from web pages and word processors. To Apache they are ordinary characters and become part of the path or the URL, which then matches nothing.',
  },
  CFG039: {
    title: 'Quote that is never closed',
    explanation: 'Apache takes everything to the end of the line for the word, and says nothing.',
  },
  CFG040: {
    title: 'User or group that must exist',
    explanation:
      'Apache looks the name up when it reads the configuration and exits if there is none. That cannot be checked from here.',
  },
  CFG041: {
    title: 'Needs root',
    explanation: 'The option works only when Apache is started by root.',
  },
  CFG042: {
    title: 'Condition that cannot be read',
    explanation: 'IfVersion compares with =, ==, !=, >, >=, <, <= or ~ and a version such as 2.4.62.',
  },
  CFG043: {
    title: 'Module this tool does not know',
    explanation:
      "The module is not one of Apache's own. Directives that only it knows are accepted without a look at their arguments.",
  },
  CFG044: {
    title: 'Access that depends on the client',
    explanation:
      'The model knows two kinds of access: granted and denied to all. A rule about addresses, users or the environment counts as granted.',
  },
  CFG045: {
    title: 'Authorization that cannot be read',
    explanation: 'Require names a provider such as all, ip, host, user or expr that a loaded module must offer.',
  },
  CFG070: {
    title: 'Looks like off, and is on',
    explanation:
      'An option of uWSGI that is on or off is on by its name. It is off with false, off, no or 0 behind it, and with nothing else: not with a comment behind the word, for example.',
  },
  CFG071: {
    title: 'Configuration that uWSGI cannot load',
    explanation:
      'uWSGI opens every file that an option names, relative to the directory it is started in, and exits with status 1 where one is missing. What is named without an option, or by include, must end in .ini or another ending that it knows.',
  },
  CFG072: {
    title: 'Configuration without an end',
    explanation:
      'Files that load one another, placeholders that stand for themselves and loops make uWSGI run on until memory ends. This reader stops.',
  },
  CFG073: {
    title: 'A % that disappears',
    explanation:
      'uWSGI replaces % and the character behind it in the whole text of a file before it looks at lines: %n is the name of the file, and a pair it does not know is taken away. At the end of a line that takes the line break away. %% is a %.',
  },
  CFG074: {
    title: 'Placeholder that depends on the machine',
    explanation:
      'The placeholder stands for something of the machine that uWSGI runs on, such as the number of its processors (%k) or its name (%h).',
  },
  CFG075: {
    title: 'Nothing in the section',
    explanation:
      'uWSGI reads the section [uwsgi], or the one named behind the file and a colon, and no other. Where there is nothing in it, it warns and goes on without.',
  },
  CFG076: {
    title: 'Block that is never closed',
    explanation:
      'What for or if begins ends with endfor or endif. Until then every option belongs to it, even in files that are read later.',
  },
  CFG077: {
    title: 'Placeholder that cannot be set',
    explanation:
      'set, set-placeholder and declare-option need a name, = and a value; the name of a placeholder must not be that of an option.',
  },
  CFG078: {
    title: 'Option that uWSGI does not know',
    explanation:
      'In a file uWSGI takes every unknown name for a placeholder and says nothing, unless strict is set: a misspelt option has no effect. Options of plugins are known once the plugin is loaded.',
  },
  CFG079: {
    title: 'Block inside a block',
    explanation: 'uWSGI exits where for or if stands inside another for or if whose options are being taken.',
  },
  CFG080: {
    title: 'Option declared by the user',
    explanation: 'declare-option makes a name for several options. What it stands for is not followed.',
  },
  CFG081: {
    title: 'Word of a command line that uWSGI refuses',
    explanation:
      'On the command line uWSGI exits at the first option it does not know, and where a value is missing or stands where none may. A long option may be cut as long as it stays the only one.',
  },
  CFG082: {
    title: 'Application that is never loaded',
    explanation:
      'uWSGI loads module first, then wsgi-file, then each mount, and skips an application whose URL is taken already.',
  },
  CFG083: {
    title: 'Mount that cannot be loaded',
    explanation:
      'A mount is a URL, = and what is mounted: a file that ends in .py or .wsgi, or module:callable. Without = uWSGI exits; anything else is passed over.',
  },
  CFG084: {
    title: 'Callable behind the name of a file',
    explanation: 'wsgi-file is the name of a file and nothing else; the callable is named by callable.',
  },
  CFG085: {
    title: 'Options that contradict one another',
    explanation:
      'uWSGI exits where cheaper is not lower than processes, where min-worker-lifetime is not lower than max-worker-lifetime, where listen is more than the kernel allows, and where it is not told where to listen.',
  },
  CFG086: {
    title: 'uWSGI does not serve with this option',
    explanation: 'The option makes uWSGI print something, signal another server or run a script, and end.',
  },
  CFG087: {
    title: 'No worker',
    explanation:
      'With processes = 0 uWSGI starts no worker. Without a master it ends at once with status 0; with one it stays, and nobody answers.',
  },
  CFG088: {
    title: 'No application',
    explanation:
      'Nothing names a WSGI application. uWSGI starts all the same unless need-app is set, and answers every request with 500; a server in front can name one with each request, which cannot be known from here.',
  },
  CFG089: {
    title: 'Negative number',
    explanation: 'uWSGI exits where a count or a number of seconds is negative.',
  },
  CFG090: {
    title: 'Configuration that cannot be read or run yet',
    explanation:
      'The argument looks like a configuration or a command line of a server that this command cannot deal with so far, or is written in a format of that server that is not read: of uWSGI only .ini files and command lines are.',
  },
  CFG091: {
    title: 'Corrected by uWSGI',
    explanation:
      'uWSGI replaces a value that does not fit by another, says so in its log, and starts. The effective value is the one used here.',
  },
  CFG046: {
    title: 'Line too long after replacing variables',
    explanation:
      'A variable whose value holds it twice doubles each time it is defined again. Apache goes on until memory ends; this reader stops at a million characters.',
  },
  CFG047: {
    title: 'Sections nested too deeply',
    explanation: 'This reader follows sections and includes 250 levels deep. Apache has no such limit but its stack.',
  },
  CFG048: {
    title: 'Free threading asked for one application group',
    explanation:
      'A process has a global interpreter lock or it has none. mod_wsgi 6 warns (WSGI0201) and ignores WSGIFreeThreading in a WSGIInterpreterOptions that names an application group.',
  },
  CFG049: {
    title: 'Directive that is left aside',
    explanation:
      'The server does something by this directive that bears on requests, and neither the simulator nor the gateway does it.',
  },
  CFG050: {
    title: 'Argument that gunicorn does not take',
    explanation:
      'gunicorn reads its command line, and GUNICORN_CMD_ARGS, with argparse: a flag must be known and clear, and be followed by a value of its kind. One list of positional arguments is allowed, in one place.',
  },
  CFG051: {
    title: 'Value that gunicorn refuses',
    explanation:
      'gunicorn checks each value when it is set, whether another one would beat it or not, and stops at the first that it cannot take. Numbers are whole and not below 0.',
  },
  CFG052: {
    title: 'No application',
    explanation:
      'The application stands at the end of the command line, or in the setting wsgi_app. Without either gunicorn does not start.',
  },
  CFG053: {
    title: 'Application that no worker can import',
    explanation:
      'The application is named as MODULE, MODULE:NAME or MODULE:FACTORY(…). A worker that cannot import it exits with status 3 or 4, and the arbiter stops with it.',
  },
  CFG054: {
    title: 'Settings file that fails',
    explanation:
      'A settings file is a program in Python. gunicorn runs it when it starts and exits if it is missing, is not Python, or raises an exception.',
  },
  CFG055: {
    title: 'Settings file that was not run',
    explanation:
      'A settings file can do anything, so it is run apart, with limits on time, memory and files, and without network or child processes. Where that is not possible, or not wanted, only what is written as a literal is known.',
  },
  CFG056: {
    title: 'Worker class that is not modelled',
    explanation:
      'gunicorn takes any class for its workers, and what such a class does with processes, threads and flags cannot be told from its name. The classes sync, gthread and gevent are known.',
  },
  CFG057: {
    title: 'Worker class that gunicorn does not have',
    explanation:
      'A name without a point is one of the bundled classes, and gunicorn stops if there is none of that name.',
  },
  CFG059: {
    title: 'Address that gunicorn cannot bind',
    explanation:
      'An address is HOST, HOST:PORT, unix:PATH or fd://FD; IPv6 stands in brackets, and a port is a number.',
  },
  CFG060: {
    title: 'Module that is not on this machine',
    explanation:
      'Python looks for the module of the application in pythonpath, in the directory of chdir and in the one that gunicorn is started in, and then among what is installed. Where the file is not found its usual path is assumed.',
  },
  CFG061: {
    title: 'Command line that starts no server',
    explanation: 'With --help, --version, --check-config or --print-config gunicorn says something and exits.',
  },
  CFG062: {
    title: 'Application named by a file of PasteDeploy',
    explanation:
      'Such a file is read by PasteDeploy, which builds the application from it. This reader does not read it.',
  },
  CFG063: {
    title: 'Setting that comes from the environment',
    explanation:
      'WEB_CONCURRENCY is the default of workers, PORT that of bind, and GUNICORN_CMD_ARGS stands in front of the command line. The environment taken here is that of wsgiscope, with the assignments in front of the command.',
  },
  CFG064: {
    title: 'Application named elsewhere',
    explanation:
      'A settings file without wsgi_app needs a command line that names the application. Explained alone it is shown with APP_MODULE in its place.',
  },
  CFG065: {
    title: 'Hook of the server',
    explanation: 'gunicorn calls functions of the settings file at points of its life. They can do anything.',
  },
  CFG066: {
    title: 'Socket that is inherited',
    explanation: 'With fd:// gunicorn takes a socket that is open already, and then opens none of its own.',
  },
} as const satisfies Readonly<Record<string, DiagnosticEntry>>;

export type DiagnosticCode = keyof typeof diagnosticCodes;
