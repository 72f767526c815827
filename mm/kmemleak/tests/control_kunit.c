// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the control file's parser: every command, and text that is not a command.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "../debugfs.h"

#define UNTOUCHED	0xabcdUL

struct good_text {
	const char *text;
	enum control_verb verb;
	unsigned long value;
};

static const struct good_text good_texts[] = {
	{ "scan", CONTROL_SCAN, UNTOUCHED },
	{ "scan\n", CONTROL_SCAN, UNTOUCHED },
	{ " \tscan \t\n", CONTROL_SCAN, UNTOUCHED },
	{ "scan=on", CONTROL_SCAN_ON, UNTOUCHED },
	{ "scan=off\n", CONTROL_SCAN_OFF, UNTOUCHED },
	{ "stack=on", CONTROL_STACK_ON, UNTOUCHED },
	{ "stack=off\n", CONTROL_STACK_OFF, UNTOUCHED },
	{ "clear\n", CONTROL_CLEAR, UNTOUCHED },
	{ "off\n", CONTROL_OFF, UNTOUCHED },
	{ "scan=0", CONTROL_SCAN_PERIOD, 0 },
	{ "scan=600\n", CONTROL_SCAN_PERIOD, 600 },
	{ "scan=4294967", CONTROL_SCAN_PERIOD, 4294967 },
	{ "dump=0x1234\n", CONTROL_DUMP, 0x1234 },
	{ "dump=4660", CONTROL_DUMP, 4660 },
	{ "path=0x1234\n", CONTROL_PATH, 0x1234 },
#ifdef CONFIG_64BIT
	{ "dump=0xffffffffffffffff", CONTROL_DUMP, ULONG_MAX },
#endif
};

static const char * const bad_texts[] = {
	"", "\n", "  ", "=", "x",
	"Scan", "SCAN", "sca", "scans", "scan ning", "scan scan", "scan\nscan",
	"scan=", "scan= ", "scan=abc", "scan=-1", "scan=5x", "scan=5 6",
	"scan=1.5", "scan=On", "scan=onn", "scan =on", "scan=--5",
	"scan=4294968", "scan=4294967296", "scan=18446744073709551616",
	"stack", "stack=", "stack=1", "stack=offf",
	"clear=", "clear now", "off=1", "offf", "on", "of",
	"dump", "dump=", "dump=xyz", "dump=-1", "dump=0x", "dump=0x12 34",
	"dump=0x10000000000000000", "dump 0x1234",
	"path", "path=", "path=xyz", "path=-1", "path=0x12 34",
};

static void control_takes_commands(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good_texts); i++) {
		const struct good_text *good = &good_texts[i];
		enum control_verb verb = -1;
		unsigned long value = UNTOUCHED;
		char text[64];

		strscpy(text, good->text, sizeof(text));
		KUNIT_EXPECT_EQ_MSG(test, control_parse(text, &verb, &value), 0,
				    "\"%s\"", good->text);
		KUNIT_EXPECT_EQ_MSG(test, verb, good->verb, "\"%s\"",
				    good->text);
		KUNIT_EXPECT_EQ_MSG(test, value, good->value, "\"%s\"",
				    good->text);
	}
}

static void control_refuses_the_rest(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad_texts); i++) {
		enum control_verb verb;
		unsigned long value;
		char text[64];

		strscpy(text, bad_texts[i], sizeof(text));
		KUNIT_EXPECT_EQ_MSG(test, control_parse(text, &verb, &value),
				    -EINVAL, "\"%s\"", bad_texts[i]);
	}
}

static struct kunit_case control_cases[] = {
	KUNIT_CASE(control_takes_commands),
	KUNIT_CASE(control_refuses_the_rest),
	{}
};

static struct kunit_suite control_suite = {
	.name = "kmemleak_control",
	.test_cases = control_cases,
};

kunit_test_suite(control_suite);
