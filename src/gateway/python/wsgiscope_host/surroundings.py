"""What a server process is given before it runs anything: a title, an account, a working directory, limits, a locale.

`enter` does it for the process, once and in the order of mod_wsgi, which matters: the priority is set while the process may
still raise it, and limits only once the account is taken. `furnish` does it for each interpreter. Source: mod_wsgi 4.9.4,
mod_wsgi.c, wsgi_start_process, wsgi_setup_daemon_name, wsgi_setup_access; wsgi_interp.c, newInterpreterObject.
"""
import contextlib
import os
import signal
import sys
import threading
import traceback


class Misfit(Exception):
    """The process cannot become what it is to be. The second argument says what to do about it."""


def log(text):
    """A line in whole, past every stream that an application may have replaced."""
    os.write(2, text.encode('utf-8', 'backslashreplace') + b'\n')


# ---------------------------------------------------------------------------------------------------------------
# The process
# ---------------------------------------------------------------------------------------------------------------

def enter(given):
    """@raise Misfit: what mod_wsgi ends the process for. What it only complains of is complained of here."""
    if given['title'] is not None:
        set_title(given['title'])
    if given['priority'] != 0:
        try:
            os.setpriority(os.PRIO_PROCESS, 0, given['priority'])
        except OSError as error:
            log("Couldn't set CPU priority to %d in daemon process: %s." % (given['priority'], error.strerror))
    take_account(given)
    change_directory(given)
    if given['umask'] is not None:
        os.umask(given['umask'])
    if given['locale'] is not None:
        set_locale(given['locale'])


def set_title(title):
    """What ps shows: the memory of the command line, which cannot grow. Without ctypes or /proc there is no title."""
    try:
        import ctypes
        with open('/proc/self/stat', 'rb') as file:
            # The second field is the command in parentheses, and may itself hold spaces and parentheses.
            fields = file.read().rpartition(b')')[2].split()
        start, end = int(fields[45]), int(fields[46])  # arg_start and arg_end, the 48th and 49th of proc(5)
        if not 0 < start < end:
            return
        # The last byte stays NUL: the kernel takes anything else there for a title that goes on in the environment.
        text = os.fsencode(title)[:end - start - 1]
        ctypes.memset(start, 0, end - start)
        ctypes.memmove(start, text, len(text))
        ctypes.CDLL(None).prctl(15, text[:15], 0, 0, 0)  # PR_SET_NAME
    except (ImportError, OSError, ValueError, IndexError, AttributeError):
        return


def number(text):
    """As C's atoi."""
    digits = text.strip()
    sign = -1 if digits.startswith('-') else 1
    digits = digits.lstrip('+-')
    length = len(digits) - len(digits.lstrip('0123456789'))
    return sign * int(digits[:length] or '0')


def user_entry(user):
    import pwd
    try:
        return pwd.getpwuid(number(user[1:])) if user.startswith('#') else pwd.getpwnam(user)
    except KeyError:
        raise Misfit('there is no user %s on this machine' % user, 'make the user, or name another one')


def group_id(group):
    import grp
    if group.startswith('#'):
        return number(group[1:])
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise Misfit('there is no group %s on this machine' % group, 'make the group, or name another one')


def take_account(given):
    """Only a process of root can become another user's; for any other the configuration says nothing."""
    if os.geteuid() != 0:
        return
    user, group, supplementary = given['user'], given['group'], given['supplementaryGroups']
    entry = None if user is None else user_entry(user)
    gid = group_id(group) if group is not None else None if entry is None else entry.pw_gid
    try:
        if gid is not None:
            os.setgid(gid)
        if supplementary is not None:
            own = [] if gid is None else [gid]
            # The list ends at the first empty name. Source: wsgi_add_daemon_process, ap_getword.
            names = supplementary.split(',')
            names = names[:names.index('')] if '' in names else names
            os.setgroups(own + [group_id(name) for name in names])
        elif entry is not None:
            os.initgroups(entry.pw_name, gid)
        if entry is not None:
            os.setuid(entry.pw_uid)
    except OSError as error:
        raise Misfit(
            'unable to become user %s and group %s: %s' % (user, group, error.strerror),
            'start wsgiscope where it may change users, or as that user',
        )
    if not os.access(os.__file__, os.R_OK):
        raise Misfit(
            'user %s cannot read the files of Python in %s' % (user, os.path.dirname(os.__file__)),
            'name a Python that every user can read, as in --python /usr/bin/python3',
        )


def change_directory(given):
    """`home`, or the home directory of a user that is not the server's own."""
    home = given['home']
    if home is None and given['hasOwnUser'] and os.geteuid() == user_entry(given['user']).pw_uid:
        home = user_entry(given['user']).pw_dir
    if home is None:
        return
    try:
        os.chdir(home)
    except OSError as error:
        raise Misfit(
            'unable to change the working directory to %s: %s' % (home, error.strerror),
            'make the directory, or let the user of the processes enter it and each one above it; or write another home=',
        )


def limit_resources(limits):
    """The one place where a process limits itself: names of the module `resource`, soft and hard limits.

    The kernel sends SIGXCPU at the soft limit of processor time: somebody must catch it by then.
    """
    if not limits:
        return
    import resource
    for name, soft, hard in limits:
        try:
            resource.setrlimit(getattr(resource, name), (soft, hard))
        except (AttributeError, ValueError, OSError, OverflowError) as error:
            log("Couldn't set the limit %s of %d: %s." % (name, soft, error))


def set_locale(name):
    import locale
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        log("Unsupported locale setting %s specified for daemon process group. Consider using 'C.UTF-8' as fallback "
            "setting." % name)


# ---------------------------------------------------------------------------------------------------------------
# One interpreter
# ---------------------------------------------------------------------------------------------------------------

def furnish(given):
    """Makes this interpreter what applications expect, but for what the module mod_wsgi tells them."""
    sys.argv = ['mod_wsgi']
    set_environment(given)
    extend_path(given['pythonPath'], given['home'])
    if given['restrictStdin']:
        sys.stdin = restricted('sys.stdin')
    if given['restrictStdout']:
        sys.stdout = restricted('sys.stdout')
    if given['restrictSignal']:
        ignore_registrations()
    elif threading.current_thread() is threading.main_thread():
        disarm_registrations()


def set_environment(given):
    # A seed for this Python alone, not for the programs it starts. Source: wsgi_python_init.
    if given['hashSeed'] is not None:
        os.environ.pop('PYTHONHASHSEED', None)
    if given['isDaemon']:
        import pwd
        try:
            entry = pwd.getpwuid(os.geteuid())
        except KeyError:
            entry = None
        if entry is not None:
            for name in ('USER', 'USERNAME', 'LOGNAME'):
                if name in os.environ:
                    os.environ[name] = entry.pw_name
            os.environ['HOME'] = entry.pw_dir
    if given['pythonEggs'] is not None:
        os.environ['PYTHON_EGG_CACHE'] = given['pythonEggs']


def extend_path(directories, home):
    """Directories with their .pth files, as site-packages are; what they add comes first, and `home` before it all."""
    if directories:
        import site
        before = list(sys.path)
        for directory in directories:
            site.addsitedir(directory)
        added = [entry for entry in sys.path if entry not in before]
        sys.path[:] = added + [entry for entry in sys.path if entry in before]
    if home is not None:
        sys.path.insert(0, home)


@contextlib.contextmanager
def stack_size(size):
    """For the threads of requests alone; a size that the system refuses leaves its own, as with mod_wsgi."""
    try:
        before = threading.stack_size(0 if size is None else size)
    except (ValueError, RuntimeError) as error:
        log('stack-size=%s is left aside: %s.' % (size, error))
        before = 0
    try:
        yield
    finally:
        threading.stack_size(before)


def restricted(stream):
    """Any use of it is an error. Source: mod_wsgi 4.9.4, wsgi_restrict.c."""
    def refuse(self, name):
        raise OSError('%s access restricted by mod_wsgi' % stream)

    return type('Restricted', (), {'__module__': 'mod_wsgi', '__slots__': (), '__getattribute__': refuse})()


def ignore_registrations():
    """signal.signal does nothing and says so; in a forked child it works. Source: SignalIntercept_call."""
    wrapped = signal.signal
    process = os.getpid()
    log = sys.stderr  # An application may put something else in its place.

    def intercepted(number, handler):
        if os.getpid() != process:
            return wrapped(number, handler)
        stack = ''.join(traceback.format_stack()[:-1])
        log.write('Callback registration for signal %d ignored.\n%s' % (number, stack))
        return handler

    signal.signal = intercepted


def disarm_registrations():
    """A handler that a script registers as its process starts takes the signal and is never called.

    The main thread runs no Python any more once requests are taken. Source: mod_wsgi documentation, WSGIRestrictSignal.
    """
    wrapped = signal.signal
    process = os.getpid()

    def never_called(number, frame):
        pass

    def disarmed(number, handler):
        inert = callable(handler) and os.getpid() == process
        return wrapped(number, never_called if inert else handler)

    signal.signal = disarmed
