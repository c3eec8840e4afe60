# %% [markdown]
# From numpy columns to a small model: train, search, train by the plan, predict. Cells for an editor that shows notebooks, or
# as a script: PYTHONPATH=python python3 samples/python/train_and_score.py OUT
# %%
import sys

import numpy

import autodim

out = sys.argv[1] if len(sys.argv) > 1 else "runs/sample"
print("AutoDim", autodim.version())

# %% A log of clicks: each user likes some kinds of item; the hour means nothing.
random = numpy.random.default_rng(1)
rows = 12000
user, item, hour = (random.integers(0, size, rows) for size in (60, 40, 24))
likes = random.normal(size=(60, 5)) @ random.normal(size=(5, 40))
clicked = random.random(rows) < 1 / (1 + numpy.exp(-2 * likes[user, item]))
log = {"user": user, "item": item, "hour": hour, "clicked": clicked}

# %% Vocabulary and splits, once for everything that follows.
fields = [{"column": "user"}, {"column": "item"}, {"column": "hour"}]
data = autodim.prepare(log, f"{out}/data", schema={"label": {"column": "clicked"}, "fields": fields}, overwrite=True)
print({split["name"]: split["rows"] for split in data["splits"]})

# %% A model with 16 dimensions for every field.
settings = {"model": "deepfm", "hidden": [32], "epochs": 10, "batch_size": 256, "learning_rate": 0.005, "table_l2": 0.001}
epochs = []
full = autodim.train(data.folder, f"{out}/full", progress=lambda event: epochs.append(event) if event["event"] == "epoch" else None, test=True, **settings)
print(f"{len(epochs)} epochs; full: test AUC {full['test']['auc']:.4f}, {full['test']['embeddingBytes']:,} bytes")

# %% The dimension that each field deserves.
plan = autodim.search(data.folder, f"{out}/search", search_candidates=[1, 2, 4, 8, 16], **settings)
print({field["field"]: field["dim"] for field in plan["fields"]})

# %% The model of that plan.
slim = autodim.train(data.folder, f"{out}/slim", plan=f"{plan.folder}/plan.json", test=True, **settings)
print(f"slim: test AUC {slim['test']['auc']:.4f}, {slim['test']['embeddingBytes']:,} bytes")

# %% Probabilities of rows as they stand in the log; user 999 was never seen.
with autodim.load(slim.folder) as model:
    print(model.predict({"user": [3, 3, 999], "item": [5, 17, 5], "hour": [0, 12, 23]}).round(4))

# %% Mistakes are exceptions that say what to mend.
try:
    autodim.train(data.folder, f"{out}/wrong", model="deepfn")
except autodim.AutoDimError as error:
    print(error)
