/*
 * AutoDim from C: recommender models prepared, searched, trained and scored in the caller's process.
 * docs/embedding.md tells how to build the library, and has examples.
 *
 * Status:  a function that can fail returns an autodim_status; autodim_last_error says in words what was wrong and how to mend it. No
 *          exception crosses this border.
 * Text:    UTF-8, ended by a zero. What is given is read during the call only. What is received (errors, results) is the library's, and
 *          stands until the same thread calls another function than autodim_version and autodim_last_error.
 * Threads: every function may be called from any thread. A model answers one call at a time, others wait for it; jobs run side by side in
 *          folders of their own.
 * Process: the library cannot be unloaded, and does not survive fork() without exec().
 */
#ifndef AUTODIM_H
#define AUTODIM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum autodim_status {
    AUTODIM_OK = 0,
    AUTODIM_BUG = 1,       /* ours; the error has a stack trace to report */
    AUTODIM_MISTAKE = 2,   /* a file, value or option to be mended; the error names it */
    AUTODIM_STOPPED = 130  /* the progress function asked for it; the same call goes on from there */
} autodim_status;

/* A model to score with. */
typedef struct autodim_model autodim_model;

/* A column of raw values, each the text that would stand in the log's cell; NULL and "" are missing values. */
typedef struct autodim_column {
    const char *name;
    const char *const *values; /* as many as there are rows */
} autodim_column;

/*
 * Told what a job does, on the thread that called it: a JSON object, good during the call, with "event" one of prepare, stage, step (at most
 * ten a second), epoch, measured and note. Returns 0 to go on; anything else stops the job after its step, which then returns AUTODIM_STOPPED.
 */
typedef int (*autodim_progress)(const char *event, void *context);

/* The library's version, such as 0.1.0; good for ever. */
const char *autodim_version(void);

/* What was wrong in this thread's last call; "" where nothing was. */
const char *autodim_last_error(void);

/*
 * Loads a model: the folder of one, or of the run that holds it. Files are compared with their checksums.
 *   threads  that score, 1 or more; probabilities do not depend on it
 *   model    receives the model, to be given to autodim_free; NULL on failure
 */
int autodim_load(const char *folder, int threads, autodim_model **model);

/* The model's manifest.json: its name, options, fields (whose names the columns of autodim_predict have), dimensions, training. */
int autodim_describe(autodim_model *model, const char **result);

/*
 * The probability of a click for each row.
 *   columns        one for each field and sequence of the model, by name, in any order; others are not looked at
 *   probabilities  row_count floats of the caller's; undefined on failure
 */
int autodim_predict(autodim_model *model, const autodim_column *columns, size_t column_count, size_t row_count, float *probabilities);

/* Frees a model that no call uses any more; NULL is nothing. */
void autodim_free(autodim_model *model);

/*
 * Jobs. Each does what the command of its name does, and leaves the same files in a folder.
 *   out       the folder; a job that was stopped goes on when called again with the same
 *   options   a JSON object with the names and values of the command line: {"model": "deepfm", "hidden": [128, 64], "threads": 2}; NULL: defaults
 *   progress  NULL: nobody is told; context is handed back to it
 *   result    receives what the command prints with --json; NULL: nobody wants it
 */

/*
 * Prepares a log for the other jobs: files ("files", "valid", "test"), or columns in memory where column_count is above 0. Options are those and
 * "schema" (a path, or the schema itself as an object), "label" (instead of a schema: one is guessed for this label), "on-bad-row", "overwrite".
 */
int autodim_prepare(const char *out, const char *options, const autodim_column *columns, size_t column_count, size_t row_count,
                    autodim_progress progress, void *context, const char **result);

/* Searches each field's dimension; out receives plan.json, and result has its content. data: a folder that autodim_prepare made. */
int autodim_search(const char *data, const char *out, const char *options, autodim_progress progress, void *context, const char **result);

/* Trains one model, by a plan ("plan") or of one dimension ("dim"). */
int autodim_train(const char *data, const char *out, const char *options, autodim_progress progress, void *context, const char **result);

/* Full model, search, plan, retraining, comparison, test, export, report. */
int autodim_run(const char *data, const char *out, const char *options, autodim_progress progress, void *context, const char **result);

#ifdef __cplusplus
}
#endif

#endif
