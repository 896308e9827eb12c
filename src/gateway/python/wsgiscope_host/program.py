"""This program itself: how it gets into another interpreter, and how it hides from applications."""
import marshal
import os
import sys

PACKAGE = __name__.partition('.')[0]

# In an interpreter that has nothing of this program: imports it from its code, which is not compiled again. importlib's
# public names would load a dozen modules more.
START = '''
def _start(code, settings):
    import json, marshal, sys
    from _frozen_importlib import ModuleSpec

    class Finder:
        codes = marshal.loads(code)

        def find_spec(self, name, path=None, target=None):
            return ModuleSpec(name, self, is_package='.' not in name) if name in self.codes else None

        def create_module(self, spec):
            return None

        def exec_module(self, module):
            code = self.codes[module.__name__]
            module.__file__ = code.co_filename
            exec(code, module.__dict__)

    finder = Finder()
    sys.meta_path.insert(0, finder)
    from wsgiscope_host.interpreter import serve_interpreter
    sys.meta_path.remove(finder)
    serve_interpreter(json.loads(settings))

_start(%(code)r, %(settings)r)
del _start
'''


def modules():
    return [name for name in sys.modules if name.partition('.')[0] == PACKAGE]


def program_code():
    """All of this program, for `START`; read before the process may become a user who cannot read it."""
    return marshal.dumps({name: sys.modules[name].__spec__.loader.get_code(name) for name in modules()})


def hide_program():
    """Applications find nothing of this program: not as modules, nor its folder on the path, nor what it needed to start."""
    for name in modules():
        del sys.modules[name]
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != folder]
    for name in ('PYTHONCOERCECLOCALE', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE'):
        os.environ.pop(name, None)
