"""Rows of tables that `autodim compress TABLES.npz --to SIZE --out FOLDER` wrote, with numpy alone: python3 read_tables.py FOLDER TABLE ID [ID …]

A vector is the stored row, or mean + row @ map where the table has fewer dimensions than before, or its largest numbers alone, or the centroids of its codes; docs/compression.md tells the arrays.
"""
import json, sys
import numpy as np
from score_numpy import dense, rows_of


def arrays_of(path):  # an npz, or a safetensors file, whose arrays here are all matrices of float32, int32 or bytes
    if path.endswith(".npz"): return np.load(path)
    raw = np.memmap(path, np.uint8)
    start = 8 + int(raw[:8].view("<i8")[0])
    kinds, head = {"F32": "<f4", "I32": "<i4", "U8": "u1"}, json.loads(raw[8:start].tobytes())
    return {name: raw[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]].view(kinds[entry["dtype"]]).reshape(entry["shape"]) for name, entry in head.items() if name != "__metadata__"}


def vectors(folder, name, ids):  # of these rows of the table as it was: (B, D)
    tables = json.load(open(f"{folder}/tables.json"))
    table = next(table for table in tables["tables"] if table["name"] == name)
    arrays = arrays_of(f"{folder}/{tables['file']}")
    if f"{name}.index" in arrays: ids = arrays[f"{name}.index"][ids, 0]
    if table["groups"]:  # codes, of centroids in each group's columns
        ends = np.arange(table["groups"] + 1) * table["dim"] // table["groups"]
        centroids, codes = arrays[f"{name}.centroids"], arrays[name][ids]
        return np.concatenate([centroids[codes[:, group], ends[group]:ends[group + 1]] for group in range(table["groups"])], 1)
    if table["kept"]: return dense(arrays, table)[ids]  # the others are zero
    rows = rows_of(arrays[name], {"storage": table["storage"], "dim": table["storedDim"]}, ids)
    return rows @ arrays[f"{name}.map"] + arrays[f"{name}.mean"] if f"{name}.map" in arrays else rows


if __name__ == "__main__":
    print("\n".join(" ".join(map(repr, row)) for row in vectors(sys.argv[1], sys.argv[2], np.array(sys.argv[3:], int)).tolist()))
