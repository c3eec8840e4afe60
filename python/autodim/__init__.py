"""AutoDim from Python: search each field's dimension, train, and score, by the native library in this process.

    import autodim

    columns = {"user": users, "item": items, "clicked": clicks}            # numpy arrays, lists, or a pandas frame
    result = autodim.run(columns, "runs/mine", label="clicked", budget="25%")
    probabilities = autodim.load(result.folder).predict(columns)

Jobs (prepare, search, train, run) take the options of the command of the same name, with _ for -, and leave the same files.
docs/embedding.md tells how to build the library.
"""
import json
import os
import time
import weakref

import numpy

from . import _native
from ._columns import pointers
from ._native import AutoDimError, AutoDimStopped

__all__ = ["AutoDimError", "AutoDimStopped", "Model", "Result", "load", "prepare", "run", "search", "train", "version"]


class Result(dict):
    """What a job came to, as its JSON file tells it; `folder` holds everything it made."""

    def __init__(self, folder, values):
        super().__init__(values)
        self.folder = folder


class Model:
    """A trained model that scores. Any thread may call it; calls wait for each other."""

    def __init__(self, folder, threads=1):
        self._handle = _native.load(os.fspath(folder), threads)
        self._finalizer = weakref.finalize(self, _native.free, self._handle)
        fields = self.describe()["fields"]
        sequences = [sequence for field in fields for sequence in field.get("sequences") or []]
        #: Names of the columns that `predict` needs: fields, then sequences.
        self.columns = [column["name"] for column in fields + sequences]

    def describe(self):
        """The model's manifest: options, fields, dimensions, training."""
        return json.loads(_native.describe(self._open()))

    def predict(self, columns):
        """The probability of a click for each row, as float32.

        columns: a mapping of name to values, or a pandas frame, with at least `self.columns`. Values as in the log; None and NaN are missing.
        """
        table, count, rows = pointers(columns, only=self.columns)
        probabilities = numpy.empty(rows, dtype=numpy.float32)
        _native.predict(self._open(), table, count, rows, probabilities)
        return probabilities

    def close(self):
        """Frees the model; it cannot score any more."""
        self._finalizer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _open(self):
        if not self._finalizer.alive:
            raise ValueError("the model is closed")
        return self._handle


def version():
    """The library's version."""
    return _native.version()


def load(folder, threads=1):
    """A model to score with: its folder, or that of the run that holds it."""
    return Model(folder, threads)


def prepare(data, out, *, schema=None, label=None, progress=None, **options):
    """Prepares a log for the other jobs; returns what was made.

    data: a file or glob, a list of them, or columns (a mapping of name to values, or a pandas frame).
    schema: path of a schema, or the schema as a dict (docs/data.md); or label: the label's column, and a schema is guessed.
    progress: called with a dict for each event (include/autodim.h); an exception in it stops the job.
    """
    options = {**options, "schema": schema if schema is None or isinstance(schema, dict) else os.fspath(schema), "label": label}
    table, count, rows = None, 0, 0
    if _is_path(data):
        options["files"] = [os.fspath(data)]
    elif isinstance(data, (list, tuple)):
        options["files"] = [os.fspath(path) for path in data]
    else:
        table, count, rows = pointers(data)
    return Result(os.fspath(out), json.loads(_native.prepare(os.fspath(out), _text(options), table, count, rows, progress)))


def search(data, out=None, *, schema=None, label=None, progress=None, **options):
    """Searches each field's dimension; returns the plan, which lies in the result's folder as plan.json.

    data: a folder that `prepare` made; or columns, which are prepared first, with schema or label as `prepare` takes them.
    out: the folder for what is made; by default a new one under runs/. Called again with the same, a job goes on where it stopped.
    """
    return _job("search", data, out, schema, label, progress, options)


def train(data, out=None, *, schema=None, label=None, progress=None, **options):
    """Trains one model, by a plan (plan="…/plan.json") or of one dimension (dim=16). Arguments as of `search`."""
    return _job("train", data, out, schema, label, progress, options)


def run(data, out=None, *, schema=None, label=None, progress=None, **options):
    """Full model, search, plan, retraining, comparison, test, export, report. Arguments as of `search`."""
    return _job("run", data, out, schema, label, progress, options)


def _job(name, data, out, schema, label, progress, options):
    folder = os.path.join("runs", f"{name}-{time.strftime('%Y%m%d-%H%M%S')}") if out is None else os.fspath(out)
    if _is_path(data):
        if schema is not None or label is not None:
            raise TypeError(f"{os.fspath(data)!r} is prepared data, which has its schema; leave out schema and label")
        prepared = os.fspath(data)
    else:
        prepared = os.path.join(folder, "data")
        prepare(data, prepared, schema=schema, label=label, progress=progress, overwrite=True)
    return Result(folder, json.loads(_native.job(name, prepared, folder, _text(options), progress)))


def _is_path(data):
    return isinstance(data, (str, os.PathLike))


def _text(options):
    def plain(value):
        return value.item() if isinstance(value, numpy.generic) else value.tolist() if isinstance(value, numpy.ndarray) else os.fspath(value)

    return json.dumps({name.replace("_", "-"): value for name, value in options.items()}, ensure_ascii=False, default=plain)
