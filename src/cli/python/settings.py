"""Runs a settings file of gunicorn and tells as JSON which names it leaves behind.

The file is the user's own program, but nobody who asks what a configuration means expects it to act. So this process has
little time, memory and room for files, and an audit hook refuses what reaches beyond it: child processes, the network,
signals, and changes to files. That stops honest code. It is no prison: code that wants out (ctypes) gets out.

Input, on standard input, is JSON: {"file": path or null, "module": name or null, "directory": where gunicorn is started,
"environment": all that the file sees of it, "hooks": names whose text names a function, which gunicorn imports}. Output is two lines of JSON: what the file leaves behind, and what those names
lead to.
Standard library only, CPython 3.8 and later.
"""

import ast
import importlib.machinery
import importlib.util
import inspect
import json
import os
import sys

FORBIDDEN = (
    "ftplib.", "http.client.", "imaplib.", "nntplib.", "os.chflags", "os.chmod", "os.chown", "os.exec", "os.fork",
    "os.forkpty", "os.kill", "os.killpg", "os.link", "os.mkdir", "os.posix_spawn", "os.remove",
    "os.removexattr", "os.rename", "os.rmdir", "os.setxattr", "os.spawn", "os.startfile", "os.symlink", "os.system",
    "os.truncate", "os.utime", "poplib.", "pty.spawn", "shutil.", "signal.pthread_kill", "smtplib.", "socket.bind",
    "socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.sendmsg", "socket.sendto", "subprocess.Popen",
    "telnetlib.", "urllib.Request", "webbrowser.open",
)
REACHED = []


def limit():
    """What the kernel enforces. Some limits cannot be set everywhere; the ones that can are enough to end it."""
    try:
        import resource
    except ImportError:
        return
    for name, most in (("CPU", 5), ("AS", 1 << 30), ("FSIZE", 0), ("NOFILE", 64), ("CORE", 0), ("NPROC", 0)):
        try:
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (most, most))
        except (AttributeError, ValueError, OSError):
            pass


def watch(event, arguments):
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
        opens = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        if not writes and not opens:
            return
        event = "open for writing"
    elif not event.startswith(FORBIDDEN):
        return
    REACHED.append(event)
    raise PermissionError("%s is not done where settings are only read" % event)


def encoded(value, depth=0):
    if value is None:
        return {"kind": "none"}
    if isinstance(value, bool):
        return {"kind": "bool", "value": value}
    if isinstance(value, int):
        return {"kind": "int", "value": int(value)} if abs(value) < 1 << 53 else other(value)
    if isinstance(value, str):
        return {"kind": "str", "value": str(value)}
    if isinstance(value, (list, tuple, set, frozenset)) and depth < 3:
        return {"kind": "list", "items": [encoded(item, depth + 1) for item in value]}
    if isinstance(value, dict):
        return {"kind": "dict", "size": len(value)}
    if inspect.isclass(value):
        return {"kind": "class", "name": "%s.%s" % (value.__module__, value.__qualname__)}
    if callable(value):
        try:
            parameters = inspect.signature(value).parameters.values()
        except (TypeError, ValueError):
            return other(value)
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        arity = sum(1 for parameter in parameters if parameter.kind in positional)
        return {"kind": "function", "name": getattr(value, "__qualname__", type(value).__name__), "arity": arity}
    return other(value)


def other(value):
    try:
        text = repr(value)[:80]
    except Exception:
        text = "<%s>" % type(value).__name__
    return {"kind": "other", "type": type(value).__name__, "text": text}


def led_to(text):
    """What gunicorn finds under module.name (config.py, validate_callable); none where only its own Python can tell.

    The module may need what this process lacks: a package, an environment variable, or leave to act.
    """
    module, _, name = text.rpartition(".")
    if not all(part.replace("-", "_").isidentifier() for part in module.split(".")):
        return {"kind": "other", "type": "module", "text": "no module"}
    try:
        found = __import__(module, fromlist=[name])
        if hasattr(found, name):
            return encoded(getattr(found, name))
        with open(found.__file__, encoding="utf-8") as source:
            is_named = name in source.read()
    except BaseException:
        return None
    return None if is_named else {"kind": "other", "type": "attribute", "text": "nothing in %s" % module}


def column(line, offset):
    """A column in UTF-16 units from 1, for an offset in bytes of UTF-8."""
    return len(line.encode("utf-8")[:offset].decode("utf-8", "ignore").encode("utf-16-le")) // 2 + 1


def places(source):
    """Where each name of the module is last written, in the order of the text."""
    lines = source.splitlines()
    found = {}

    def visit(node):
        names = []
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = [node.name]
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [(alias.asname or alias.name).split(".")[0] for alias in node.names]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names = [node.id]
        line = lines[node.lineno - 1] if names and node.lineno <= len(lines) else ""
        for name in names:
            found[name] = [node.lineno, column(line, node.col_offset)]
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            for child in ast.iter_child_nodes(node):
                visit(child)

    visit(ast.parse(source))
    return found


def failure(error, file):
    line, at = 1, 1
    if isinstance(error, SyntaxError) and error.filename == file:
        line, at = error.lineno or 1, max(error.offset or 1, 1)
    else:
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == file:
                line = trace.tb_lineno
            trace = trace.tb_next
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return {
        "kind": "failed",
        "file": file,
        "error": type(error).__name__,
        "message": message[:400],
        "line": line,
        "column": at,
        "reached": REACHED[0] if REACHED else None,
        "lacks": isinstance(error, ImportError),
    }


def run(question):
    file = question["file"]
    sys.path.insert(0, question["directory"])
    os.chdir(question["directory"])
    os.environ.clear()
    os.environ.update(question["environment"])
    sys.argv = ["gunicorn"]
    sys.addaudithook(watch)
    try:
        if file is None:
            name = question["module"]
            spec = importlib.util.find_spec(name)
            if spec is None or not spec.origin:
                raise ModuleNotFoundError("No module named %r" % name)
            file = spec.origin
        else:
            name = "__config__"
            loader = importlib.machinery.SourceFileLoader(name, file)
            spec = importlib.util.spec_from_file_location(name, file, loader=loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        with open(file, encoding="utf-8") as opened:
            where = places(opened.read())
        names = [name for name in vars(module) if not name.startswith("__")]
        return {
            "kind": "run",
            "file": file,
            "values": [[name, encoded(vars(module)[name]), where.get(name, [1, 1])] for name in names],
        }
    except BaseException as error:
        return failure(error, file or question["module"])


def main():
    question = json.loads(sys.stdin.read())
    # What the file prints is not what is asked.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    sys.dont_write_bytecode = True
    limit()
    answer = run(question)
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
    # Whatever these imports come to, the file itself has been told.
    texts = {name: value["value"] for name, value, _ in answer.get("values", ()) if value["kind"] == "str"}
    leads = {name: led_to(texts[name]) for name in question["hooks"] if name in texts}
    answers.write(json.dumps(leads) + "\n")
    answers.flush()
    os._exit(0)


main()
