// SPDX-License-Identifier: GPL-2.0
/*
 * The cases of lib/tests/prio_search_tree_cases.h as a program: TAP on standard
 * output, exit status 1 if one fails.
 */
#include <stdio.h>
#include <stdlib.h>

#include "prio_search_tree_cases.h"

int main(void)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pst_cases); i++) {
		/* Each model on its own, for the sanitizer to guard its ends. */
		struct pst_model *model = malloc(sizeof(*model));
		const char *wrong;

		if (!model)
			return 2;
		pst_model_init(model);
		wrong = pst_cases[i].run(model);
		if (wrong) {
			printf("# %s (operation %lu)\n", wrong, model->ops);
			failed = 1;
		}
		printf("%s %zu - prio_search_tree: %s\n",
		       wrong ? "not ok" : "ok", i + 1, pst_cases[i].name);
		free(model);
	}
	return failed;
}
