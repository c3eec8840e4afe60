"""The native library's functions, with its failures as exceptions. include/autodim.h describes them."""
import ctypes
import json
import os
import pathlib
import sys
import threading


class AutoDimError(Exception):
    """A file, value or option to be mended; the message names it and the fix."""


class AutoDimStopped(Exception):
    """A job was stopped; the same call with the same folder goes on from there."""


class Column(ctypes.Structure):
    """The header's autodim_column."""

    _fields_ = [("name", ctypes.c_char_p), ("values", ctypes.POINTER(ctypes.c_char_p))]


_Progress = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
_TEXT, _MODEL = ctypes.c_char_p, ctypes.c_void_p
_JOB = [_TEXT, _TEXT, _TEXT, _Progress, ctypes.c_void_p, ctypes.POINTER(_TEXT)]
_COLUMNS = [ctypes.POINTER(Column), ctypes.c_size_t, ctypes.c_size_t]

SIGNATURES = {
    "autodim_version": (_TEXT, []),
    "autodim_last_error": (_TEXT, []),
    "autodim_load": (ctypes.c_int, [_TEXT, ctypes.c_int, ctypes.POINTER(_MODEL)]),
    "autodim_describe": (ctypes.c_int, [_MODEL, ctypes.POINTER(_TEXT)]),
    "autodim_predict": (ctypes.c_int, [_MODEL, *_COLUMNS, ctypes.c_void_p]),
    "autodim_free": (None, [_MODEL]),
    "autodim_prepare": (ctypes.c_int, [_TEXT, _TEXT, *_COLUMNS, _Progress, ctypes.c_void_p, ctypes.POINTER(_TEXT)]),
    "autodim_search": (ctypes.c_int, _JOB),
    "autodim_train": (ctypes.c_int, _JOB),
    "autodim_run": (ctypes.c_int, _JOB),
}

_VARIABLE = "AUTODIM_LIBRARY"
_OK, _MISTAKE, _STOPPED = 0, 2, 130
_loaded = None


def _library():
    """The library, opened when it is first needed."""
    global _loaded
    if _loaded is None:
        _loaded = _open()
    return _loaded


def _open():
    name = {"win32": "autodim.dll", "darwin": "libautodim.dylib"}.get(sys.platform, "libautodim.so")
    here = pathlib.Path(__file__).resolve()
    given = os.environ.get(_VARIABLE)
    places = [pathlib.Path(given)] if given else [here.parent / name, here.parents[2] / "artifacts" / "native" / name]
    for place in places:
        if place.is_file():
            library = ctypes.CDLL(str(place))
            for function, (result, arguments) in SIGNATURES.items():
                getattr(library, function).restype, getattr(library, function).argtypes = result, arguments
            return library
    raise ImportError(
        f"AutoDim's native library is not at {' nor at '.join(str(place) for place in places)}. Build it in AutoDim's repository with the .NET 10 SDK and gcc or clang: "
        f"dotnet publish src/AutoDim.Native -c Release -o artifacts/native; or name the file in {_VARIABLE}"
    )


def _check(status):
    if status == _OK:
        return
    message = _library().autodim_last_error().decode()
    raise AutoDimError(message) if status == _MISTAKE else AutoDimStopped(message) if status == _STOPPED else RuntimeError(message)


def _job(function, arguments, progress):
    """Calls a job and returns its result. An exception of the progress function, or Ctrl-C, stops the job and is raised here.

    The job has a thread of its own, as Python raises Ctrl-C in its main thread only, and wherever that stands: also where a call from the
    library could not hand it on.
    """
    stop, done = threading.Event(), threading.Event()
    results, raised = [], []

    def told(event, _):
        try:
            if progress is not None and not stop.is_set():
                progress(json.loads(event))
        except BaseException as exception:  # it must not cross the library
            raised.append(exception)
        return 1 if raised or stop.is_set() else 0

    def work():
        try:
            result = _TEXT()
            _check(function(*arguments, _Progress(told), None, ctypes.byref(result)))  # errors are those of the thread that called
            results.append(result.value.decode())
        except BaseException as exception:
            raised.append(exception)
        finally:
            done.set()

    threading.Thread(target=work, name="autodim").start()
    try:
        while not done.wait(0.2):  # in parts: on Windows nothing interrupts a wait
            pass
    except BaseException:
        stop.set()
        done.wait()
        raise
    if raised:
        raise raised[0]
    return results[0]


def version():
    return _library().autodim_version().decode()


def load(folder, threads):
    model = _MODEL()
    _check(_library().autodim_load(folder.encode(), threads, ctypes.byref(model)))
    return model


def describe(model):
    result = _TEXT()
    _check(_library().autodim_describe(model, ctypes.byref(result)))
    return result.value.decode()


def predict(model, columns, count, rows, probabilities):
    _check(_library().autodim_predict(model, columns, count, rows, probabilities.ctypes.data))


def free(model):
    _library().autodim_free(model)


def prepare(out, options, columns, count, rows, progress):
    return _job(_library().autodim_prepare, [out.encode(), options.encode(), columns, count, rows], progress)


def job(name, data, out, options, progress):
    return _job(getattr(_library(), f"autodim_{name}"), [data.encode(), out.encode(), options.encode()], progress)
