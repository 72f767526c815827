// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the priority search tree: run each case of
 * prio_search_tree_cases.h in the kernel that the tree was built for.
 */
#include <kunit/test.h>
#include <linux/module.h>

#include "prio_search_tree_cases.h"

KUNIT_ARRAY_PARAM_DESC(pst, pst_cases, name);

static void pst_against_oracle(struct kunit *test)
{
	const struct pst_case *c = test->param_value;
	struct pst_model *model;
	const char *wrong;

	model = kunit_kmalloc(test, sizeof(*model), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, model);
	pst_model_init(model);

	wrong = c->run(model);
	if (wrong)
		KUNIT_FAIL(test, "%s (operation %lu)", wrong, model->ops);
}

static struct kunit_case pst_kunit_cases[] = {
	KUNIT_CASE_PARAM(pst_against_oracle, pst_gen_params),
	{}
};

static struct kunit_suite pst_suite = {
	.name = "prio_search_tree",
	.test_cases = pst_kunit_cases,
};

kunit_test_suite(pst_suite);

MODULE_DESCRIPTION("KUnit tests of the priority search tree");
MODULE_LICENSE("GPL");
