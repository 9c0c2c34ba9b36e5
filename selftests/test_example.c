/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The example program, built beside these tests against the library as it is installed.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

Test(example, compiles_from_memory_and_gets_a_verdict)
{
	static const char wanted[] =
		"Allow securityRules/AllowHttps\n"
		"compile: web.json: rule AllowHttps: sourceAddressPrefix: warning: ClientSideWord: "
		"Any is the portal's word: taken as *\n";
	char path[512] = "", line[640], output[1024];
	FILE *stream;

	cr_assert(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	*strrchr(path, '/') = '\0';
	snprintf(line, sizeof(line), "'%s/example-compile'", path);
	stream = popen(line, "r");
	cr_assert(stream);
	output[fread(output, 1, sizeof(output) - 1, stream)] = '\0';
	cr_expect_eq(pclose(stream), 0);
	cr_expect_str_eq(output, wanted, "%s", output);
}
