/* Scores a row of the model that samples/python/train_and_score.py trains: score OUT/slim USER ITEM HOUR */
#include <stdio.h>
#include "autodim.h"

int main(int count, char **arguments) {
    if (count != 5) return fputs("usage: score MODEL USER ITEM HOUR\n", stderr), 2;
    const char *user = arguments[2], *item = arguments[3], *hour = arguments[4];
    autodim_column row[] = {{"user", &user}, {"item", &item}, {"hour", &hour}};
    autodim_model *model;
    float probability;
    int status = autodim_load(arguments[1], 1, &model);
    if (!status) status = autodim_predict(model, row, 3, 1, &probability);
    if (status) return fprintf(stderr, "%s\n", autodim_last_error()), status;
    printf("%.4f\n", probability);
    autodim_free(model);
}
