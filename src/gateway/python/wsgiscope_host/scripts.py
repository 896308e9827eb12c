"""The scripts of an interpreter: each is loaded once, and again when its file has changed."""
import mmap
import os
import sys
import types

from .wire import name

try:
    from _md5 import md5  # hashlib would load OpenSSL: 5 ms and 3 MB in every interpreter.
except ImportError:
    from hashlib import md5


class ScriptChanged(Exception):
    """The process runs old code and may not take this request."""


class ServerAnswer(Exception):
    """The server itself answers, without the application."""

    def __init__(self, status, log):
        super().__init__(log)
        self.status = status


class ModuleLock:
    """One lock for all interpreters of the process: a slow first import of one application stalls all others.

    A byte in a pipe, because Python's own locks belong to one interpreter. A byte in shared memory says whether somebody
    holds it, so that a request that has nothing to load need not wait for the pipe. Source: mod_wsgi, wsgi_module_lock;
    rule ISO-LOCK-01.
    """

    def __init__(self, ends, memory):
        self.taken, self.given = ends
        self.held = bytearray(1) if memory is None else mmap.mmap(memory, 1)
        self.is_known = memory is not None

    def may_be_held(self):
        return self.held[0] or not self.is_known

    def __enter__(self):
        os.read(self.taken, 1)
        self.held[0] = 1

    def __exit__(self, *failure):
        self.held[0] = 0
        os.write(self.given, b'.')


class Scripts:
    """The scripts of one interpreter. A script is executed by the first request that needs it.

    Sources: mod_wsgi 4.9.4, wsgi_load_source, wsgi_reload_required, wsgi_module_name.
    """

    def __init__(self, lock, names):
        self.lock = lock
        self.names = names  # Of a worker's modules, by script.
        self.modules = {}

    def module(self, script, path, watched, replaces_process, announce):
        """The module of a script; `path` is the file that holds it, which a driver may have put in its place."""
        try:
            status = os.stat(path)
        except OSError as error:
            raise ServerAnswer(404, 'Target WSGI script not found or unable to stat: %s (%s)' % (path, error.strerror))
        if (status.st_mode & 0o170000) == 0o040000:
            raise ServerAnswer(403, 'Attempt to invoke directory as WSGI application: %s' % path)
        changed_at = status.st_mtime_ns
        known = self.modules.get(script)
        if known is not None and (not watched or known[1] == changed_at) and not self.lock.may_be_held():
            return known[0]
        with self.lock:
            known = self.modules.get(script)
            if known is not None:
                if not watched or known[1] == changed_at:
                    return known[0]
                if replaces_process:
                    raise ScriptChanged()
            module = self.execute(script, path)
            self.modules[script] = (module, changed_at)
            announce('A' if known is not None else 'L')
            return module

    def execute(self, script, path):
        if script in self.names:
            return import_as(path=path, **self.names[script])
        name = '_mod_wsgi_' + md5(script.encode(sys.getfilesystemencoding(), 'surrogateescape')).hexdigest()
        with open(path, 'rb') as source:
            code = compile(source.read(), path, 'exec', dont_inherit=True)
        module = types.ModuleType(name)
        module.__file__ = path
        before = sys.modules.get(name)
        sys.modules[name] = module
        try:
            exec(code, module.__dict__)
        except BaseException:
            # What the script imported stays loaded; the script itself does not. Source: rule LIFE-LOAD-02.
            if before is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = before
            raise
        return module


def import_as(name, path, isOwn):
    """Imports the module of a worker's application; what stands in for it is executed under its name, and alone."""
    import importlib.machinery
    import importlib.util
    if isOwn and '.' in name:
        importlib.import_module(name.rpartition('.')[0])
    # Whatever the file is called: what stands in for a module has a name of its own.
    loader = importlib.machinery.SourceFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module
