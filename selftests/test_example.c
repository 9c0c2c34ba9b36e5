/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The example program, built beside these tests against the library as it is installed.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <stdio.h>
#include <stdlib.h>
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

/* The header that users see includes from the tree as it is installed, which is the tree here. */
Test(example, the_header_serves_every_language_and_compiler)
{
	static const char *const compilers[] = {"gcc -x c -std=c99", "clang -x c", "g++ -x c++",
						"clang++ -x c++"};
	char line[256];

	for (size_t i = 0; i < sizeof(compilers) / sizeof(*compilers); i++) {
		snprintf(line, sizeof(line), "set -- %s; command -v \"$1\" >/dev/null",
			 compilers[i]);
		if (system(line)) {
			cr_log_warn("%s is not here", compilers[i]);
			continue;
		}
		snprintf(line, sizeof(line),
			 "echo '#include \"packaging/nsgc.h\"' | "
			 "%s -Wall -Wextra -Werror -I. -fsyntax-only -",
			 compilers[i]);
		cr_expect_eq(system(line), 0, "%s", line);
	}
}
